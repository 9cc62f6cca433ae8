using Microsoft.Extensions.Logging;
using Penstock.Telemetry;

namespace Penstock.Configuration;

/// <summary>The <c>log</c> section. Read at start; a reload does not change it.</summary>
internal sealed record LogConfig
{
    public LogLevel Level { get; init; } = LogLevel.Information;
    public LogFormat Format { get; init; } = LogFormat.Text;
}
