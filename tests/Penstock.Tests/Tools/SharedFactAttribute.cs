using Xunit;

namespace Penstock.Tests.Tools;

/// <summary>A fact that is skipped, with the reason, where the folder <c>shared</c> lacks the file.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute(string file = OpenAiSchema.File) => Skip = SharedFiles.Missing(file);
}
