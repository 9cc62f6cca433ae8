namespace Penstock.Tests.Backends.Engines;

/// <summary>What servers say of themselves, in their own formats.</summary>
internal static class EngineTexts
{
    public const string Vllm = """
        # HELP python_info Python platform information
        # TYPE python_info gauge
        python_info{implementation="CPython",major="3",minor="12",patchlevel="3",version="3.12.3"} 1.0
        # HELP process_start_time_seconds Start time of the process since unix epoch in seconds.
        # TYPE process_start_time_seconds gauge
        process_start_time_seconds 1.76368e+09
        # HELP vllm:num_requests_running Number of requests in model execution batches.
        # TYPE vllm:num_requests_running gauge
        vllm:num_requests_running{engine="0",model_name="Qwen/Qwen3-8B"} 12.0
        vllm:num_requests_running{engine="1",model_name="Qwen/Qwen3-8B"} 8.0
        # HELP vllm:num_requests_waiting Number of requests waiting to be processed.
        # TYPE vllm:num_requests_waiting gauge
        vllm:num_requests_waiting{engine="0",model_name="Qwen/Qwen3-8B"} 3.0
        vllm:num_requests_waiting{engine="1",model_name="Qwen/Qwen3-8B"} 0.0
        vllm:num_requests_waiting_by_reason{engine="0",model_name="Qwen/Qwen3-8B",reason="capacity"} 99.0
        # HELP vllm:kv_cache_usage_perc KV-cache usage. 1 means 100 percent usage.
        # TYPE vllm:kv_cache_usage_perc gauge
        vllm:kv_cache_usage_perc{engine="0",model_name="Qwen/Qwen3-8B"} 0.25
        vllm:kv_cache_usage_perc{engine="1",model_name="Qwen/Qwen3-8B"} 0.5
        # TYPE vllm:prompt_tokens_total counter
        vllm:prompt_tokens_total{engine="0",model_name="Qwen/Qwen3-8B"} 8.128902e+06
        # TYPE vllm:cache_config_info gauge
        vllm:cache_config_info{block_size="16",cache_dtype="auto",engine="0",num_gpu_blocks="32768",swap_space="4"} 1.0
        vllm:cache_config_info{block_size="16",cache_dtype="auto",engine="1",num_gpu_blocks="32768",swap_space="4"} 1.0
        # TYPE vllm:time_to_first_token_seconds histogram
        vllm:time_to_first_token_seconds_bucket{engine="0",le="0.001",model_name="Qwen/Qwen3-8B"} 0.0

        """;

    public const string Sglang = """
        # HELP sglang:num_running_reqs The number of running requests.
        # TYPE sglang:num_running_reqs gauge
        sglang:num_running_reqs{engine_type="unified",model_name="llama",pp_rank="0",tp_rank="0"} 7.0
        sglang:num_running_reqs{engine_type="unified",model_name="llama",pp_rank="0",tp_rank="1"} 7.0
        sglang:num_queue_reqs{model_name="llama",tp_rank="0"} 2.0
        sglang:token_usage{model_name="llama",tp_rank="0"} 0.28
        sglang:max_total_num_tokens{model_name="llama",tp_rank="0"} 471258.0
        sglang:prompt_tokens_total{model_name="llama"} 8.128902e+06

        """;

    public const string LlamaCpp = """
        # HELP llamacpp:prompt_tokens_total Number of prompt tokens processed.
        # TYPE llamacpp:prompt_tokens_total counter
        llamacpp:prompt_tokens_total 4096
        # HELP llamacpp:requests_processing Number of requests processing.
        # TYPE llamacpp:requests_processing gauge
        llamacpp:requests_processing 2
        # HELP llamacpp:requests_deferred Number of requests deferred.
        # TYPE llamacpp:requests_deferred gauge
        llamacpp:requests_deferred 1

        """;

    public const string Props = """
        {"default_generation_settings":{"id":0,"n_ctx":4096,"total_slots":77,"params":{"samplers":["top_k"]}},"total_slots":2,
        "model_path":"m.gguf","chat_template":"{{ \"x\" }}","modalities":{"vision":false},"build_info":"b1-a","is_sleeping":false}
        """;

    public const string Slots = """
        [{"id":1,"id_task":0,"n_ctx":4096,"is_processing":true,"params":{"n_predict":-1,"id":9},"next_token":{"n_decoded":136}},
        {"id":0,"id_task":135,"n_ctx":4096,"speculative":false,"is_processing":false}]
        """;

    public const string OllamaPs = """
        {"models":[{"name":"gemma3","size":6591830464,"details":{"families":["gemma3"]},"expires_at":"2025-10-17T16:47:07-07:00","context_length":4096},
        {"name":"llama3","context_length":8192}]}
        """;
}
