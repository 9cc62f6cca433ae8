using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Penstock.Configuration;

/// <summary>Parses the text of a file that is to be one mapping.</summary>
internal static class YamlDocument
{
    /// <summary>The mapping, empty where the file says nothing; null, and an error in the context, where there is none.</summary>
    public static YamlMappingNode? Parse(string text, YamlContext context)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            // Its message begins with the place, which the error says itself.
            var message = e.InnerException?.Message ?? e.Message;
            context.Add((int)e.Start.Line, "", $"this is not YAML: {message}");
            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException)
        {
            // What the parser throws where it has not thought of something. It does not say where.
            context.Add(0, "", $"this is not YAML: {e.Message}");
            return null;
        }

        if (stream.Documents.Count == 0 || stream.Documents[0].RootNode is YamlScalarNode { Value: null or "" }) return new YamlMappingNode();
        if (stream.Documents[0].RootNode is not YamlMappingNode root)
        {
            context.Add(stream.Documents[0].RootNode, "", "the file must be a mapping (key: value)");
            return null;
        }

        if (stream.Documents.Count > 1)
            context.Add(stream.Documents[1].RootNode, "", "the file must be one document; what follows '---' would not be read");
        return root;
    }
}
