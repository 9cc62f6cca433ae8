using Xunit;

namespace Penstock.Tests.Tools;

/// <summary>A theory that is skipped, with the reason, where the folder <c>shared</c> lacks the file.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute(string file = OpenAiSchema.File) => Skip = SharedFiles.Missing(file);
}
