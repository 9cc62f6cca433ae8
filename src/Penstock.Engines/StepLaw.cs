namespace Penstock.Engines;

/// <summary>
/// How long one step of continuous batching takes: a share that is always there (the weights are read once), one a running call
/// (its cache is read), and one a prompt token that is computed.
/// </summary>
/// <param name="BaseMicroseconds">Of every step.</param>
/// <param name="CallMicroseconds">For each running call, whether it reads its prompt or writes its answer.</param>
/// <param name="PromptTokenMicroseconds">For each token of a prompt.</param>
/// <param name="Budget">Tokens in a step at most, one for each call that writes and the rest of prompts.</param>
internal sealed record StepLaw(long BaseMicroseconds, long CallMicroseconds, long PromptTokenMicroseconds, int Budget)
{
    public long Duration(int running, int promptTokens) =>
        BaseMicroseconds + (running * CallMicroseconds) + (promptTokens * PromptTokenMicroseconds);
}
