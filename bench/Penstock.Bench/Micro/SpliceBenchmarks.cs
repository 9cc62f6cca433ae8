using BenchmarkDotNet.Attributes;
using Penstock.Protocol;

namespace Penstock.Bench.Micro;

/// <summary>Editing: an answer, a chunk, a request.</summary>
[MemoryDiagnoser]
public class SpliceBenchmarks
{
    private readonly AnswerEdits _edits = new("3690fe0c-3f06-46ba-85e5-91e7bd4f7f7b", JsonText.Quote("gpu-a"));
    private readonly byte[] _model = JsonText.Quote("meta-llama/Llama-3-8B-Instruct");
    private readonly byte[] _output = new byte[4096];

    [Benchmark]
    public int ScanAndEditAnswer() => Edit(Samples.Answer);

    [Benchmark]
    public int ScanAndEditChunk() => Edit(Samples.Chunk);

    [Benchmark]
    public int RenameModelAndAskForUsage()
    {
        RequestParser.TryParse(Samples.Request, strict: false, out var request, out _);
        var splice = new Splice();
        RequestEdits.RenameModel(ref splice, request, _model);
        RequestEdits.AskForUsage(ref splice, Samples.Request, request);
        splice.CopyTo(Samples.Request, _output);
        return Samples.Request.Length + splice.Growth;
    }

    private int Edit(byte[] json)
    {
        if (!AnswerScanner.TryScan(json, out var facts)) throw new InvalidOperationException("The sample is not JSON.");
        var splice = _edits.For(facts);
        splice.CopyTo(json, _output);
        return json.Length + splice.Growth;
    }
}
