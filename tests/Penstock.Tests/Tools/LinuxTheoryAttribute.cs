using Xunit;

namespace Penstock.Tests.Tools;

/// <summary>A theory about what only Linux has; elsewhere it is skipped, and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LinuxTheoryAttribute : TheoryAttribute
{
    public LinuxTheoryAttribute()
    {
        if (!OperatingSystem.IsLinux()) Skip = "SSL_CERT_FILE decides whom .NET trusts on Linux only.";
    }
}
