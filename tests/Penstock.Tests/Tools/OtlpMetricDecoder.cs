namespace Penstock.Tests.Tools;

/// <summary>Reads the metrics of OTLP's export requests.</summary>
internal static class OtlpMetricDecoder
{
    private static readonly string[] Temporalities = ["unspecified", "delta", "cumulative"];

    // Where a data point has what: numbers, histograms, exponential histograms and summaries each in their own way.
    private static readonly Dictionary<int, (string Type, int Attributes)> Types = new()
    {
        [5] = ("gauge", 7),
        [7] = ("sum", 7),
        [9] = ("histogram", 9),
        [10] = ("exponential_histogram", 1),
        [11] = ("summary", 7),
    };

    public static OtlpMetric Metric(ReadOnlySpan<byte> bytes, OtlpAttributes resource, string scope)
    {
        var metric = new OtlpMetric { Resource = resource, Scope = scope };
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    metric = metric with { Name = reader.String() };
                    break;
                case 2:
                    metric = metric with { Description = reader.String() };
                    break;
                case 3:
                    metric = metric with { Unit = reader.String() };
                    break;
                case 5 or 7 or 9 or 10 or 11:
                    var (type, attributes) = Types[reader.Field];
                    metric = Data(metric with { Type = type }, attributes, reader.Bytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return metric;
    }

    private static OtlpMetric Data(OtlpMetric metric, int attributes, ReadOnlySpan<byte> bytes)
    {
        var points = new List<OtlpPoint>();
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    points.Add(metric.Type is "gauge" or "sum" ? Number(reader.Bytes()) : Histogram(reader.Bytes(), metric.Type, attributes));
                    break;
                case 2:
                    var temporality = reader.Varint();
                    metric = metric with
                    {
                        Temporality = temporality < 3
                            ? Temporalities[temporality]
                            : throw new FormatException($"The temporality {temporality} of {metric.Name}."),
                    };
                    break;
                case 3:
                    metric = metric with { IsMonotonic = reader.Varint() != 0 };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return metric with { Points = points };
    }

    private static OtlpPoint Number(ReadOnlySpan<byte> bytes)
    {
        double? value = null;
        var attributes = new List<KeyValuePair<string, object?>>();
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 4:
                    value = reader.Double();
                    break;
                case 6:
                    value = (long)reader.Fixed64();
                    break;
                case 7:
                    attributes.Add(OtlpDecoder.Attribute(reader.Bytes()));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new OtlpPoint { Value = value, Attributes = new OtlpAttributes(attributes) };
    }

    private static OtlpPoint Histogram(ReadOnlySpan<byte> bytes, string type, int attributesField)
    {
        ulong? count = null;
        double? sum = null;
        var buckets = new List<ulong>();
        var bounds = new List<ulong>();
        var attributes = new List<KeyValuePair<string, object?>>();
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            if (reader.Field == attributesField)
                attributes.Add(OtlpDecoder.Attribute(reader.Bytes()));
            else if (reader.Field == 4)
                count = reader.Fixed64();
            else if (reader.Field == 5)
                sum = reader.Double();
            else if (reader.Field == 6 && type == "histogram")
                reader.Fixed64s(buckets);
            else if (reader.Field == 7 && type == "histogram")
                reader.Fixed64s(bounds);
            else
                reader.Skip();
        }

        return new OtlpPoint
        {
            Count = count ?? 0,
            Sum = sum,
            BucketCounts = buckets,
            Bounds = [.. bounds.Select(BitConverter.UInt64BitsToDouble)],
            Attributes = new OtlpAttributes(attributes),
        };
    }
}
