using Microsoft.Extensions.Logging;

namespace Penstock.Tests.Tools;

/// <summary>Keeps the warnings that are logged, and what is worse.</summary>
internal sealed class WarningLog : ILogger
{
    private readonly Recorded<string> _lines = new();

    public IReadOnlyList<string> Lines => _lines.Snapshot();

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) _lines.Add(formatter(state, exception));
    }
}
