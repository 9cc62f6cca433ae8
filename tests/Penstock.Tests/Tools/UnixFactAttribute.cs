using Xunit;

namespace Penstock.Tests.Tools;

/// <summary>A fact about signals, pipes or links as Unix has them; elsewhere it is skipped, with the reason.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute()
    {
        if (OperatingSystem.IsWindows()) Skip = "It needs what only Unix has: signals, pipes or links.";
    }
}
