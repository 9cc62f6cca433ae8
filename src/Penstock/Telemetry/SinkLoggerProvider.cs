using System.Buffers;
using Microsoft.Extensions.Logging;

namespace Penstock.Telemetry;

/// <summary>Brings the framework's and our own log messages into the same sink, order and format as the access log.</summary>
internal sealed class SinkLoggerProvider(LogSink sink, LogFormat format, TimeProvider time) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new SinkLogger(sink, format, time, categoryName);

    public void Dispose()
    {
        // The sink belongs to whoever made it.
    }

    private sealed class SinkLogger(LogSink sink, LogFormat format, TimeProvider time, string category) : ILogger
    {
        // An exception's stack is worth its space; the longest ones are not.
        private const int LongestLine = 16 * 1024;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(LongestLine);
            try
            {
                var line = new LogLine(buffer.AsSpan(0, LongestLine), format, time.GetUtcNow(), NameOf(logLevel));
                line.Message(formatter(state, exception));
                line.Text("category"u8, category);
                if (exception is not null) line.Text("exception"u8, exception.ToString());
                sink.Write(line.Finish());
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        private static ReadOnlySpan<byte> NameOf(LogLevel level) => level switch
        {
            LogLevel.Trace => "trace"u8,
            LogLevel.Debug => "debug"u8,
            LogLevel.Information => "info"u8,
            LogLevel.Warning => "warning"u8,
            LogLevel.Error => "error"u8,
            _ => "critical"u8,
        };
    }
}
