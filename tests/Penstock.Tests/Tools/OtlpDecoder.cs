namespace Penstock.Tests.Tools;

/// <summary>Reads OTLP's export requests. The field numbers are those of opentelemetry-proto 1.x.</summary>
internal static class OtlpDecoder
{
    private static readonly string[] Kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"];
    private static readonly string[] Statuses = ["unset", "ok", "error"];

    private delegate T Item<out T>(ReadOnlySpan<byte> bytes, OtlpAttributes resource, string scope);

    public static IReadOnlyList<OtlpSpan> Traces(ReadOnlySpan<byte> request) => Request(request, Span);

    public static IReadOnlyList<OtlpMetric> Metrics(ReadOnlySpan<byte> request) => Request(request, OtlpMetricDecoder.Metric);

    public static IReadOnlyList<OtlpLog> Logs(ReadOnlySpan<byte> request) => Request(request, Log);

    public static KeyValuePair<string, object?> Attribute(ReadOnlySpan<byte> bytes)
    {
        var (key, value) = ("", (object?)null);
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            if (reader.Field == 1)
                key = reader.String();
            else if (reader.Field == 2)
                value = Value(reader.Bytes());
            else
                reader.Skip();
        }

        return new(key, value);
    }

    // The three requests have one shape: resources (1), each with its attributes (1) and scopes (2), each with its
    // name (1) and items (2).
    private static List<T> Request<T>(ReadOnlySpan<byte> request, Item<T> item)
    {
        var items = new List<T>();
        var reader = new ProtobufReader(request);
        while (reader.Next())
        {
            if (reader.Field == 1)
                OfResource(reader.Bytes(), item, items);
            else
                reader.Skip();
        }

        return items;
    }

    private static void OfResource<T>(ReadOnlySpan<byte> bytes, Item<T> item, List<T> items)
    {
        var resource = OtlpAttributes.Empty;
        // Fields may come in any order, and the resource belongs to all that is beside it.
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            if (reader.Field == 1)
                resource = Attributes(reader.Bytes(), field: 1);
            else
                reader.Skip();
        }

        reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            if (reader.Field == 2)
                OfScope(reader.Bytes(), resource, item, items);
            else
                reader.Skip();
        }
    }

    private static void OfScope<T>(ReadOnlySpan<byte> bytes, OtlpAttributes resource, Item<T> item, List<T> items)
    {
        var scope = "";
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            if (reader.Field == 1)
                scope = Name(reader.Bytes());
            else
                reader.Skip();
        }

        reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            if (reader.Field == 2)
                items.Add(item(reader.Bytes(), resource, scope));
            else
                reader.Skip();
        }
    }

    private static OtlpSpan Span(ReadOnlySpan<byte> bytes, OtlpAttributes resource, string scope)
    {
        var span = new OtlpSpan { Resource = resource, Scope = scope };
        var attributes = new List<KeyValuePair<string, object?>>();
        var events = new List<OtlpSpanEvent>();
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    span = span with { TraceId = reader.Hex() };
                    break;
                case 2:
                    span = span with { SpanId = reader.Hex() };
                    break;
                case 4:
                    span = span with { ParentSpanId = reader.Hex() is { Length: > 0 } id ? id : null };
                    break;
                case 5:
                    span = span with { Name = reader.String() };
                    break;
                case 6:
                    span = span with { Kind = Named(Kinds, reader.Varint()) };
                    break;
                case 7:
                    span = span with { Start = reader.Fixed64() };
                    break;
                case 8:
                    span = span with { End = reader.Fixed64() };
                    break;
                case 9:
                    attributes.Add(Attribute(reader.Bytes()));
                    break;
                case 11:
                    events.Add(Event(reader.Bytes()));
                    break;
                case 15:
                    span = Status(span, reader.Bytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return span with { Attributes = new OtlpAttributes(attributes), Events = events };
    }

    private static OtlpSpan Status(OtlpSpan span, ReadOnlySpan<byte> bytes)
    {
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            if (reader.Field == 2)
                span = span with { StatusMessage = reader.String() };
            else if (reader.Field == 3)
                span = span with { Status = Named(Statuses, reader.Varint()) };
            else
                reader.Skip();
        }

        return span;
    }

    private static OtlpSpanEvent Event(ReadOnlySpan<byte> bytes)
    {
        var (name, time) = ("", 0UL);
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            if (reader.Field == 1)
                time = reader.Fixed64();
            else if (reader.Field == 2)
                name = reader.String();
            else
                reader.Skip();
        }

        return new OtlpSpanEvent(name, time, Attributes(bytes, field: 3));
    }

    private static OtlpLog Log(ReadOnlySpan<byte> bytes, OtlpAttributes resource, string scope)
    {
        var log = new OtlpLog { Resource = resource, Scope = scope, Attributes = Attributes(bytes, field: 6) };
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2:
                    log = log with { SeverityNumber = (int)reader.Varint() };
                    break;
                case 3:
                    log = log with { Severity = reader.String() };
                    break;
                case 5:
                    log = log with { Body = Value(reader.Bytes()) };
                    break;
                case 9:
                    log = log with { TraceId = reader.Hex() is { Length: > 0 } trace ? trace : null };
                    break;
                case 10:
                    log = log with { SpanId = reader.Hex() is { Length: > 0 } span ? span : null };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return log;
    }

    private static OtlpAttributes Attributes(ReadOnlySpan<byte> bytes, int field)
    {
        var attributes = new List<KeyValuePair<string, object?>>();
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            if (reader.Field == field)
                attributes.Add(Attribute(reader.Bytes()));
            else
                reader.Skip();
        }

        return new OtlpAttributes(attributes);
    }

    private static string Name(ReadOnlySpan<byte> scope)
    {
        var name = "";
        var reader = new ProtobufReader(scope);
        while (reader.Next())
        {
            if (reader.Field == 1)
                name = reader.String();
            else
                reader.Skip();
        }

        return name;
    }

    private static object? Value(ReadOnlySpan<byte> bytes)
    {
        object? value = null;
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    value = reader.String();
                    break;
                case 2:
                    value = reader.Varint() != 0;
                    break;
                case 3:
                    value = (long)reader.Varint();
                    break;
                case 4:
                    value = reader.Double();
                    break;
                case 5:
                    value = Values(reader.Bytes());
                    break;
                case 6:
                    value = Attributes(reader.Bytes(), field: 1);
                    break;
                case 7:
                    value = reader.Bytes().ToArray();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return value;
    }

    private static List<object?> Values(ReadOnlySpan<byte> bytes)
    {
        var values = new List<object?>();
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            if (reader.Field == 1)
                values.Add(Value(reader.Bytes()));
            else
                reader.Skip();
        }

        return values;
    }

    private static string Named(string[] names, ulong value) => value < (ulong)names.Length
        ? names[value]
        : throw new FormatException($"{value} is none of {string.Join(", ", names)}.");
}
