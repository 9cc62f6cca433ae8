namespace Penstock.Admission.Jwt;

/// <summary>What came of a look for a document: its bytes, or the problem, in words for the operator.</summary>
internal readonly record struct JwksFetch(byte[]? Document, string? Problem)
{
    public static JwksFetch Found(byte[] document) => new(document, null);

    public static JwksFetch Failed(string problem) => new(null, problem);
}
