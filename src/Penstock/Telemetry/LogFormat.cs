namespace Penstock.Telemetry;

/// <summary>How log lines look.</summary>
public enum LogFormat
{
    /// <summary>For people: time, level, then words and <c>key=value</c> pairs.</summary>
    Text,

    /// <summary>For programs: one JSON object a line.</summary>
    Json,
}
