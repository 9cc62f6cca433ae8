namespace Penstock.Admission.Limits;

/// <summary>
/// How many tokens a model's calls come to, as past calls have shown: four bytes of text are a token until they have.
/// Safe for use by many threads; a lost observation does not matter.
/// </summary>
internal sealed class TokenEstimator
{
    private const double BytesPerToken = 4;

    // A prompt of a few words says more about the chat template around it than about the text.
    private const long LeastBytes = 64;
    private const double Share = 0.05;

    // Between one token a byte, and one for sixteen: what is beyond that is not text, or not the truth.
    private const double LeastCorrection = 0.25;
    private const double MostCorrection = 4;

    private double _correction = 1;
    private double _output = double.NaN;

    /// <summary>How many tokens so many bytes of a prompt are.</summary>
    public long EstimatePrompt(long bytes) => (long)Math.Ceiling(bytes / BytesPerToken * Volatile.Read(ref _correction));

    /// <summary>How many tokens an answer has.</summary>
    /// <param name="expected">How many it has as long as nothing is known.</param>
    public long EstimateOutput(int expected)
    {
        var output = Volatile.Read(ref _output);
        return double.IsNaN(output) ? expected : (long)Math.Ceiling(output);
    }

    /// <summary>A call has shown how many tokens its prompt had.</summary>
    public void LearnPrompt(long bytes, long tokens)
    {
        if (bytes < LeastBytes || tokens <= 0) return;
        var seen = Math.Clamp(tokens / (bytes / BytesPerToken), LeastCorrection, MostCorrection);
        var correction = Volatile.Read(ref _correction);
        Volatile.Write(ref _correction, correction + (Share * (seen - correction)));
    }

    /// <summary>A call without a maximum of its own has shown how long its answer was.</summary>
    public void LearnOutput(long tokens)
    {
        if (tokens <= 0) return;
        var output = Volatile.Read(ref _output);
        Volatile.Write(ref _output, double.IsNaN(output) ? tokens : output + (Share * (tokens - output)));
    }
}
