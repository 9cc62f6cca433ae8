using System.Globalization;
using System.Text;

namespace Penstock.Protocol;

/// <summary>The edits that the gateway makes to a request on its way to a backend.</summary>
internal static class RequestEdits
{
    private static readonly byte[] True = "true"u8.ToArray();
    private static readonly byte[] Options = "{\"include_usage\":true}"u8.ToArray();
    private static readonly byte[] Member = "\"stream_options\":{\"include_usage\":true}"u8.ToArray();
    private static readonly byte[] FirstMember = "\"include_usage\":true"u8.ToArray();
    private static readonly byte[] MemberAfterOthers = [(byte)',', .. Member];
    private static readonly byte[] FirstMemberBeforeOthers = [.. FirstMember, (byte)','];

    /// <summary>Names another model; a request without one gets it.</summary>
    /// <param name="splice">Gets the edit.</param>
    /// <param name="request">The request that is edited.</param>
    /// <param name="model">The model as a JSON string token.</param>
    public static void RenameModel(ref Splice splice, in ChatRequest request, byte[] model)
    {
        if (request.Model.IsPresent)
        {
            splice.Replace(request.Model, model);
            return;
        }

        byte[] member = [.. "\"model\":"u8, .. model, .. (request.IsEmptyObject ? ""u8 : ","u8)];
        splice.Insert(request.ObjectStart + 1, member);
    }

    /// <summary>Asks a stream for its usage (<c>stream_options.include_usage</c>). After the model's edit, where there is one.</summary>
    /// <param name="splice">Gets the edit.</param>
    /// <param name="json">The body that <paramref name="request"/> was parsed from.</param>
    /// <param name="request">A request that does not ask for it itself.</param>
    public static void AskForUsage(ref Splice splice, ReadOnlySpan<byte> json, in ChatRequest request)
    {
        if (request.IncludeUsageValue.IsPresent)
        {
            splice.Replace(request.IncludeUsageValue, True);
        }
        else if (!request.StreamOptions.IsPresent)
        {
            splice.Insert(request.ObjectEnd, request.IsEmptyObject && splice.IsEmpty ? Member : MemberAfterOthers);
        }
        else if (json[request.StreamOptions.Start] != (byte)'{')
        {
            splice.Replace(request.StreamOptions, Options);
        }
        else
        {
            var inside = json[(request.StreamOptions.Start + 1)..(request.StreamOptions.End - 1)];
            var isEmpty = inside.Trim(" \t\r\n"u8).IsEmpty;
            splice.Insert(request.StreamOptions.Start + 1, isEmpty ? FirstMember : FirstMemberBeforeOthers);
        }
    }

    /// <summary>Names the slot that is to answer (llama.cpp's <c>id_slot</c>). After the other edits.</summary>
    /// <param name="splice">Gets the edit.</param>
    /// <param name="request">A request that names none itself.</param>
    /// <param name="slot">The slot's number.</param>
    public static void NameSlot(ref Splice splice, in ChatRequest request, int slot)
    {
        var comma = request.IsEmptyObject && splice.IsEmpty ? "" : ",";
        splice.Insert(request.ObjectEnd, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{comma}\"id_slot\":{slot}")));
    }
}
