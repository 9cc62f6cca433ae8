using Penstock.Tests.Tools;

namespace Penstock.Tests.Backends.Engines;

/// <summary>Makes a scripted server one that tells of itself: each path has its status and body, all others are 404.</summary>
internal static class EngineServer
{
    public static void Tells(this ScriptedUpstream upstream, params (string Path, int Status, string Body)[] pages)
    {
        var byPath = pages.ToDictionary(page => page.Path);
        upstream.EngineScript = exchange => byPath.TryGetValue(exchange.Request.Target, out var page)
            ? exchange.JsonAsync(page.Status, page.Body)
            : exchange.JsonAsync(404, "{}");
    }

    public static void TellsAsVllm(this ScriptedUpstream upstream, string metrics = EngineTexts.Vllm) => upstream.Tells(("/metrics", 200, metrics));

    public static void TellsAsLlamaCpp(this ScriptedUpstream upstream) => upstream.Tells(
        ("/metrics", 200, EngineTexts.LlamaCpp), ("/props", 200, EngineTexts.Props), ("/slots", 200, EngineTexts.Slots));
}
