namespace Penstock.Engines;

/// <summary>
/// llama.cpp's server: a few slots, each of which holds one sequence. A call gets, of the slots that are idle, the one that has
/// the longest beginning of its prompt where that is more than a tenth of it, else the one that has been idle for the longest
/// time, or the slot that it asks for; one for which there is none is deferred. A slot keeps the prompt and the answer of
/// its last call, from which the next one uses what both begin with. All slots share one batch a step: a token for each
/// that writes, then prompts, slot by slot (<see href="https://github.com/ggml-org/llama.cpp/tree/master/tools/server"/>).
/// </summary>
internal sealed class LlamaEngine : SteppedEngine
{
    private readonly LlamaSettings _settings;
    private readonly LlamaSlot[] _slots;
    private readonly LinkedList<EngineCall> _deferred = [];
    private readonly int[] _chunks;

    public LlamaEngine(LlamaSettings? settings = null)
    {
        _settings = settings ?? LlamaSettings.Default;
        _slots = [.. Enumerable.Range(0, _settings.Slots).Select(_ => new LlamaSlot())];
        _chunks = new int[_slots.Length];
    }

    public override EngineReadings Readings
    {
        get
        {
            var busy = Array.ConvertAll(_slots, slot => !slot.IsIdle);
            var running = busy.Count(isBusy => isBusy);
            return new EngineReadings(running, _deferred.Count, (double)running / _slots.Length, busy);
        }
    }

    protected override bool IsEmpty => _deferred.Count == 0 && Array.TrueForAll(_slots, slot => slot.IsIdle);

    protected override bool IsReading => Array.Exists(_chunks, chunk => chunk > 0);

    public override int Generated(EngineCall call) => Array.Find(_slots, slot => slot.Call == call)?.Written ?? 0;

    protected override void Check(EngineCall call)
    {
        if (call.Slot is { } wanted && (wanted < 0 || wanted >= _slots.Length)) throw new ArgumentException("There is no such slot.", nameof(call));
    }

    protected override void Enter(EngineCall call) => _deferred.AddLast(call);

    protected override bool TryGiveUp(EngineCall call, long now)
    {
        if (Array.Find(_slots, slot => slot.Call == call) is not { } slot) return _deferred.Remove(call);
        slot.End(now);
        return true;
    }

    protected override (long Steps, long Duration) Plan(long now)
    {
        BeginDeferred(now);
        var left = _settings.Step.Budget - _slots.Count(slot => slot.IsWriting);
        var budget = left;
        var steps = long.MaxValue;
        for (var i = 0; i < _slots.Length; i++)
        {
            var slot = _slots[i];
            _chunks[i] = slot.IsIdle || slot.IsWriting ? 0 : Math.Min(slot.Unread, left);
            left -= _chunks[i];
            if (slot.IsWriting) steps = Math.Min(steps, slot.Unwritten);
        }

        return (left < budget ? 1 : steps, _settings.Step.Duration(_slots.Count(slot => !slot.IsIdle), budget - left));
    }

    protected override void Complete(long steps, long now)
    {
        for (var i = 0; i < _slots.Length; i++)
        {
            var slot = _slots[i];
            if (slot.IsIdle) continue;
            if (slot.IsWriting) slot.Write((int)steps);
            else slot.Read(_chunks[i]);
            if (_chunks[i] > 0 && slot.IsWriting) Report(EngineEventKind.FirstToken, slot, now);
            _chunks[i] = 0;
            if (!slot.IsWriting || slot.Unwritten > 0) continue;
            Report(EngineEventKind.Finished, slot, now);
            slot.End(now);
        }
    }

    private void BeginDeferred(long now)
    {
        for (var node = _deferred.First; node is not null;)
        {
            var next = node.Next;
            if (SlotFor(node.Value) is { } slot)
            {
                slot.Begin(node.Value, now);
                _deferred.Remove(node);
            }

            node = next;
        }
    }

    private LlamaSlot? SlotFor(EngineCall call)
    {
        if (call.Slot is { } wanted) return _slots[wanted].IsIdle ? _slots[wanted] : null;
        LlamaSlot? best = null;
        var most = (int)(_settings.SlotPromptSimilarity * call.PromptTokens);
        LlamaSlot? oldest = null;
        foreach (var slot in _slots)
        {
            if (!slot.IsIdle) continue;
            if (oldest is null || slot.UsedAt < oldest.UsedAt) oldest = slot;
            var common = slot.CommonTokens(call);
            if (common > most) (best, most) = (slot, common);
        }

        return best ?? oldest;
    }

    private void Report(EngineEventKind kind, LlamaSlot slot, long now) =>
        Report(new EngineEvent(kind, slot.Call!, now, slot.CachedTokens, slot.BegunAt));
}
