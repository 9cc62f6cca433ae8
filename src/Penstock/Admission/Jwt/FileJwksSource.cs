namespace Penstock.Admission.Jwt;

/// <summary>A JWK set in a file, which is looked at by content, as the configuration is: times miss what Kubernetes does to mounted files.</summary>
internal sealed class FileJwksSource(string path) : IJwksSource
{
    public JwksPace Pace => JwksPace.Local;

    public async Task<JwksFetch> FetchAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return await BoundedBody.ReadAsync(file, cancellationToken);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return JwksFetch.Failed("there is no such file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return JwksFetch.Failed(e.Message);
        }
        catch (OperationCanceledException)
        {
            return JwksFetch.Failed("reading takes too long");
        }
    }
}
