namespace Penstock.Server.Mock;

/// <summary>A unit vector that depends on the text alone: the same on every machine and in every run.</summary>
internal static class EmbeddingVector
{
    public static void Fill(Span<float> vector, ReadOnlySpan<byte> text)
    {
        // FNV-1a for the seed, SplitMix64 for the numbers: string.GetHashCode differs from run to run.
        var state = 14695981039346656037UL;
        foreach (var b in text)
            state = (state ^ b) * 1099511628211UL;

        var sum = 0.0;
        for (var i = 0; i < vector.Length; i++)
        {
            state += 0x9E3779B97F4A7C15UL;
            var z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            z ^= z >> 31;
            vector[i] = (float)((z >> 11) * (2.0 / (1UL << 53)) - 1);
            sum += vector[i] * vector[i];
        }

        var length = (float)Math.Sqrt(sum);
        for (var i = 0; i < vector.Length; i++)
            vector[i] /= length;
    }
}
