namespace Penstock.Engines;

/// <summary>
/// llama.cpp's server: a few slots, each of which holds one sequence. A call gets, of the slots that are idle, the one that has
/// the longest beginning of its prompt where that is more than a tenth of it, else the one that has been idle for the longest
/// time, or the slot that it asks for; one for which there is none is deferred. A slot keeps the prompt and the answer of
/// its last call, from which the next one uses what both begin with. All slots share one batch a step: a token for each
/// that writes, then prompts, slot by slot (<see href="https://github.com/ggml-org/llama.cpp/tree/master/tools/server"/>).
/// </summary>
internal sealed class LlamaEngine : IEngine
{
    private readonly LlamaSettings _settings;
    private readonly LlamaSlot[] _slots;
    private readonly LinkedList<EngineCall> _deferred = [];
    private readonly List<EngineEvent> _events = [];
    private readonly int[] _chunks;

    // The steps under way: how many of the same kind, when the first of them began, how long each takes.
    private long _planned;
    private long _begun;
    private long _duration;

    public LlamaEngine(LlamaSettings? settings = null)
    {
        _settings = settings ?? LlamaSettings.Default;
        _slots = [.. Enumerable.Range(0, _settings.Slots).Select(_ => new LlamaSlot())];
        _chunks = new int[_slots.Length];
    }

    public long NextEventAt =>
        _events.Count > 0 ? _events[0].At
        : _planned > 0 ? _begun + (_planned * _duration)
        : IsIdle ? long.MaxValue
        : _begun;

    public EngineReadings Readings
    {
        get
        {
            var busy = Array.ConvertAll(_slots, slot => !slot.IsIdle);
            var running = busy.Count(isBusy => isBusy);
            return new EngineReadings(running, _deferred.Count, (double)running / _slots.Length, busy);
        }
    }

    private bool IsIdle => _deferred.Count == 0 && Array.TrueForAll(_slots, slot => slot.IsIdle);

    public void Submit(EngineCall call, long now)
    {
        if (call.Slot is { } wanted && (wanted < 0 || wanted >= _slots.Length)) throw new ArgumentException("There is no such slot.", nameof(call));
        Run(now, begin: false);
        _deferred.AddLast(call);
        Interrupt(now);
    }

    public bool Cancel(EngineCall call, long now)
    {
        Run(now, begin: false);
        if (Array.Find(_slots, slot => slot.Call == call) is { } slot) slot.End(now);
        else if (!_deferred.Remove(call)) return false;
        _events.RemoveAll(e => e.Call == call);
        Interrupt(now);
        return true;
    }

    public void Advance(long now, List<EngineEvent> events)
    {
        Run(now, begin: true);
        events.AddRange(_events);
        _events.Clear();
    }

    public int Generated(EngineCall call) => Array.Find(_slots, slot => slot.Call == call)?.Written ?? 0;

    // Steps that begin at this very moment wait for others who come at it.
    private void Run(long now, bool begin)
    {
        while (true)
        {
            if (_planned == 0)
            {
                if (IsIdle) _begun = now;
                if (IsIdle || (_begun == now && !begin)) return;
                Plan();
            }

            var done = Math.Min(_planned, (now - _begun) / _duration);
            if (done == 0) return;
            Complete(done);
            if (_planned > 0) return;
        }
    }

    // A step that has begun goes on to its end; those after it may be different now. Steps that only write have taken nothing yet.
    private void Interrupt(long now)
    {
        if (_planned > 0) _planned = _begun == now && Array.TrueForAll(_chunks, chunk => chunk == 0) ? 0 : 1;
    }

    private void Plan()
    {
        BeginDeferred();
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

        _duration = _settings.Step.Duration(_slots.Count(slot => !slot.IsIdle), budget - left);
        _planned = left < budget ? 1 : steps;
    }

    private void BeginDeferred()
    {
        for (var node = _deferred.First; node is not null;)
        {
            var next = node.Next;
            if (SlotFor(node.Value) is { } slot)
            {
                slot.Begin(node.Value);
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

    private void Complete(long steps)
    {
        _begun += steps * _duration;
        _planned -= steps;
        for (var i = 0; i < _slots.Length; i++)
        {
            var slot = _slots[i];
            if (slot.IsIdle) continue;
            if (slot.IsWriting) slot.Write((int)steps);
            else slot.Read(_chunks[i]);
            if (_chunks[i] > 0 && slot.IsWriting) Report(EngineEventKind.FirstToken, slot);
            _chunks[i] = 0;
            if (!slot.IsWriting || slot.Unwritten > 0) continue;
            Report(EngineEventKind.Finished, slot);
            slot.End(_begun);
        }
    }

    private void Report(EngineEventKind kind, LlamaSlot slot) =>
        _events.Add(new EngineEvent(kind, slot.Call!, _begun, slot.CachedTokens));
}
