namespace Penstock.Tests.Tools;

/// <summary>How a scripted stream of a chat completion looks, and where it goes wrong.</summary>
internal sealed record ChatStream
{
    public string Model { get; init; } = ChatJson.Model;

    public int PromptTokens { get; init; } = 5;

    public bool Role { get; init; } = true;

    public bool Finish { get; init; } = true;

    /// <summary>Whether a usage chunk comes; null: if the request asks for it.</summary>
    public bool? Usage { get; init; }

    public bool Done { get; init; } = true;

    /// <summary>False: the answer stays open after the last event, until the client goes.</summary>
    public bool End { get; init; } = true;

    /// <summary>Words that were said before, and are not said again; they count in the usage.</summary>
    public int Skip { get; init; }

    /// <summary>Headers of the answer, besides its content type.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>
    /// Runs before the piece of text with this index (from 0, and once more after the last one). If the connection
    /// is over after it, from whichever side, the script ends there.
    /// </summary>
    public Func<ScriptedExchange, int, Task>? Before { get; init; }

    public async Task WriteAsync(ScriptedExchange exchange, string content)
    {
        await exchange.StartSseAsync([.. Headers]);
        if (Role)
            await exchange.EventAsync(ChatJson.RoleChunk(Model));

        var pieces = ChatJson.Pieces(content);
        for (var i = Skip; i <= pieces.Count; i++)
        {
            if (Before is not null)
                await Before(exchange, i);
            if (exchange.Over)
                return;
            if (i < pieces.Count)
                await exchange.EventAsync(ChatJson.ContentChunk(pieces[i], Model));
        }

        if (Finish)
            await exchange.EventAsync(ChatJson.FinishChunk(model: Model));
        if (Usage ?? exchange.Request.WantsUsage)
            await exchange.EventAsync(ChatJson.UsageChunk(PromptTokens, pieces.Count, Model));
        if (Done)
            await exchange.EventAsync("[DONE]");
        if (End)
            await exchange.FinishChunksAsync();
        else
            await exchange.WaitForClientAbortAsync();
    }
}
