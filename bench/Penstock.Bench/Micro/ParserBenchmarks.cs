using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Penstock.Protocol;

namespace Penstock.Bench.Micro;

/// <summary>Reading a request's body, beside what the framework's reader needs merely to pass over it.</summary>
[MemoryDiagnoser]
public class ParserBenchmarks
{
    [Benchmark]
    public bool ParseRequest() => RequestParser.TryParse(Samples.Request, strict: true, out _, out _);

    [Benchmark]
    public bool FrameworkReader() => PassOver(Samples.Request);

    [Benchmark]
    public bool ParseLongRequest() => RequestParser.TryParse(Samples.LongRequest, strict: true, out _, out _);

    [Benchmark]
    public bool FrameworkReaderLong() => PassOver(Samples.LongRequest);

    private static bool PassOver(byte[] json)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
        }

        return reader.TokenType == JsonTokenType.EndObject;
    }
}
