using System.Globalization;
using System.Text;
using Penstock.Engines;

namespace Penstock.Server.Mock.Engines;

/// <summary>What the servers tell of themselves, in their own formats: <c>/metrics</c>, and of llama.cpp <c>/props</c> and <c>/slots</c>.</summary>
internal sealed class EngineEndpoints(EngineDriver driver, DateTimeOffset started)
{
    private const int ContextTokens = 8192;

    public Task GetVllmMetricsAsync(HttpContext context)
    {
        const string Labels = "engine=\"0\",model_name=\"" + ModelEndpoint.Id + "\"";
        var (readings, prompt, output) = driver.Look();
        var page = new StringBuilder();
        Add(page, "process_start_time_seconds", "gauge", "", started.ToUnixTimeMilliseconds() / 1000.0);
        Add(page, "vllm:num_requests_running", "gauge", Labels, readings.Running);
        Add(page, "vllm:num_requests_waiting", "gauge", Labels, readings.Waiting);
        Add(page, "vllm:kv_cache_usage_perc", "gauge", Labels, readings.CacheUsage);
        Add(page, "vllm:prompt_tokens_total", "counter", Labels, prompt);
        Add(page, "vllm:generation_tokens_total", "counter", Labels, output);
        var blocks = VllmSettings.Default.CacheTokens / EngineCall.BlockTokens;
        Add(page, "vllm:cache_config_info", "gauge", Invariant($"block_size=\"{EngineCall.BlockTokens}\",cache_dtype=\"auto\",engine=\"0\",num_gpu_blocks=\"{blocks}\""), 1);
        return WriteAsync(context, page);
    }

    public Task GetLlamaMetricsAsync(HttpContext context)
    {
        var (readings, prompt, output) = driver.Look();
        var page = new StringBuilder();
        Add(page, "llamacpp:prompt_tokens_total", "counter", "", prompt);
        Add(page, "llamacpp:tokens_predicted_total", "counter", "", output);
        Add(page, "llamacpp:requests_processing", "gauge", "", readings.Running);
        Add(page, "llamacpp:requests_deferred", "gauge", "", readings.Waiting);
        return WriteAsync(context, page);
    }

    public Task GetPropsAsync(HttpContext context)
    {
        var (readings, _, _) = driver.Look();
        return JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("default_generation_settings"u8);
            json.WriteNumber("n_ctx"u8, ContextTokens);
            json.WriteEndObject();
            json.WriteNumber("total_slots"u8, readings.Slots?.Count ?? 0);
            json.WriteString("model_path"u8, ModelEndpoint.Id);
            json.WriteBoolean("is_sleeping"u8, false);
            json.WriteEndObject();
        });
    }

    public Task GetSlotsAsync(HttpContext context)
    {
        var (readings, _, _) = driver.Look();
        return JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartArray();
            for (var id = 0; id < readings.Slots?.Count; id++)
            {
                json.WriteStartObject();
                json.WriteNumber("id"u8, id);
                json.WriteNumber("n_ctx"u8, ContextTokens);
                json.WriteBoolean("is_processing"u8, readings.Slots[id]);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private static void Add(StringBuilder page, string name, string type, string labels, double value) =>
        page.Append(CultureInfo.InvariantCulture, $"# HELP {name} As the server has it.\n# TYPE {name} {type}\n{name}{(labels.Length > 0 ? $"{{{labels}}}" : "")} {value}\n");

    private static Task WriteAsync(HttpContext context, StringBuilder page)
    {
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        return context.Response.WriteAsync(page.ToString(), context.RequestAborted);
    }
}
