namespace Penstock.Bench.Soak;

/// <summary>The gateway's configuration: three faulty servers in a pool, and a steady one behind them.</summary>
internal static class SoakConfiguration
{
    // Short deadlines for those that are silent on purpose, or a run would mostly wait. Two of the breakers give them
    // leave to fail, so that every kind of fault comes up all the time; the third is as it comes. The budget allows a
    // retry for every request, since more than every third one needs it.
    public static string Yaml(IReadOnlyList<FaultyServer> faulty, FaultyServer steady) => $$"""
        models:
          - name: soak
            backends: [faulty-a, faulty-b, faulty-c]
            fallbacks: [steady]
            keepalive: 1
        backends:
          - name: faulty-a
            url: {{faulty[0].Url}}
            timeout: 3
            first_token_timeout: 3
            idle_timeout: 3
            breaker: { failures: 1000 }
          - name: faulty-b
            url: {{faulty[1].Url}}
            timeout: 2
            first_token_timeout: 2
            idle_timeout: 2
            breaker: { failures: 1000 }
            continuation: prefill
          - name: faulty-c
            url: {{faulty[2].Url}}
            timeout: 2
            first_token_timeout: 2
            idle_timeout: 2
            breaker: { open: 2 }
          - name: steady
            url: {{steady.Url}}
            continuation: prefill
        retry: { attempts: 3, backoff: 0.05, budget: 1 }
        """;
}
