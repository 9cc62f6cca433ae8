using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Penstock.Admission.Keys;
using Penstock.Protocol;
using Penstock.Runtime;
using Penstock.Storage;

namespace Penstock.Endpoints;

/// <summary>
/// <c>/admin/keys</c>: makes, lists, changes, revokes and rotates the keys of the store. What it answers is done; it waits a
/// moment for the change to be in force here, and other gateways follow within a second.
/// </summary>
internal sealed partial class KeyEndpoints(Store store, KeySync sync, TimeProvider time, ILogger<KeyEndpoints> logger)
{
    private const string Name = "name";
    private const string Grace = "grace_seconds";
    private const int LongestGrace = 30 * 86_400;
    private const int DefaultGrace = 86_400;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public ValueTask<ApiError?> HandleAllAsync(Exchange exchange) => exchange.Request.Method switch
    {
        "GET" or "HEAD" => ListAsync(exchange),
        "POST" => CreateAsync(exchange),
        var method => ValueTask.FromResult<ApiError?>(Errors.MethodNotAllowed(method, exchange.Record.Path, "GET, HEAD, POST")),
    };

    public ValueTask<ApiError?> HandleOneAsync(Exchange exchange) => exchange.Request.Method switch
    {
        "GET" or "HEAD" => GetAsync(exchange),
        "PATCH" => ChangeAsync(exchange),
        "DELETE" => RevokeAsync(exchange),
        var method => ValueTask.FromResult<ApiError?>(Errors.MethodNotAllowed(method, exchange.Record.Path, "GET, HEAD, PATCH, DELETE")),
    };

    public async ValueTask<ApiError?> RotateAsync(Exchange exchange)
    {
        if (await ReadBodyAsync(exchange, [Grace], withTerms: false, mayBeEmpty: true) is var (body, error) && error is not null) return error;
        var seconds = DefaultGrace;
        if (body.TryGetProperty(Grace, out var grace) && (grace.ValueKind != JsonValueKind.Number || !grace.TryGetInt32(out seconds) || seconds is < 0 or > LongestGrace))
            return Errors.InvalidValue(Grace, $"it must be a whole number from 0 to {LongestGrace}");
        var secret = KeySecret.New();
        var refusal = await ChangeAsync(exchange, key => key.Rotate(secret, TimeSpan.FromSeconds(seconds), time.GetUtcNow()), secret);
        if (refusal is null) Log.Rotated(logger, IdOf(exchange));
        return refusal;
    }

    private async ValueTask<ApiError?> CreateAsync(Exchange exchange)
    {
        if (await ReadBodyAsync(exchange, [Name], withTerms: true) is var (body, error) && error is not null) return error;
        if (!body.TryGetProperty(Name, out var name)) return Errors.MissingParameter(Name);
        if (name.ValueKind != JsonValueKind.String) return Errors.InvalidType(Name, "a string");
        var terms = new KeyTerms();
        if (KeyBody.Apply(body, ref terms) is { } wrong) return wrong;
        var checks = new KeyChecks(exchange.Gateway.Config);
        if ((checks.Name(name.GetString()!) ?? checks.NewTerms(terms, time.GetUtcNow())) is { } flaw) return Errors.InvalidValue(flaw.Param, flaw.Message);
        if (!store.IsConfigured) return Errors.NoKeyStore();

        var secret = KeySecret.New();
        var made = StoredKey.New(name.GetString()!, terms, secret, time.GetUtcNow());
        var table = new KeyTable(store.Database.Dialect);
        var answer = await store.RunAsync((connection, token) => table.AddAsync(connection, made, token), Deadline, exchange.Http.RequestAborted);
        return await EndAsync(exchange, answer, secret, StatusCodes.Status201Created);
    }

    private async ValueTask<ApiError?> ListAsync(Exchange exchange)
    {
        if (exchange.Request.Query.Keys.FirstOrDefault(key => key != "revoked") is { } stray) return Errors.InvalidValue(stray, "there is no such parameter; there is 'revoked'");
        string? revoked = exchange.Request.Query["revoked"];
        if (revoked is not (null or "true" or "false")) return Errors.InvalidValue("revoked", "it must be true or false");
        if (!store.IsConfigured) return Errors.NoKeyStore();
        var answer = await store.ReadAsync(
            (connection, token) => KeyTable.ListAsync(connection, revoked == "true", token), Deadline, exchange.Http.RequestAborted);
        if (!answer.TryGet(out var keys)) return Errors.KeyStoreUnavailable();
        JsonResponses.Send(exchange, json => KeyJson.WriteList(json, keys, time.GetUtcNow()));
        return null;
    }

    private async ValueTask<ApiError?> GetAsync(Exchange exchange)
    {
        if (!store.IsConfigured) return Errors.NoKeyStore();
        var id = IdOf(exchange);
        var answer = await store.ReadAsync((connection, token) => KeyTable.FindAsync(connection, id, token), Deadline, exchange.Http.RequestAborted);
        if (!answer.IsDone) return Errors.KeyStoreUnavailable();
        if (answer.Value is not { } key) return Errors.KeyNotFound(id);
        JsonResponses.Send(exchange, json => KeyJson.Write(json, key, time.GetUtcNow()));
        return null;
    }

    private async ValueTask<ApiError?> ChangeAsync(Exchange exchange)
    {
        if (await ReadBodyAsync(exchange, [], withTerms: true) is var (body, error) && error is not null) return error;
        var terms = new KeyTerms();
        if (KeyBody.Apply(body, ref terms) is { } wrong) return wrong;
        if (new KeyChecks(exchange.Gateway.Config).Terms(terms) is { } flaw) return Errors.InvalidValue(flaw.Param, flaw.Message);
        var refusal = await ChangeAsync(exchange, key =>
        {
            var changed = key.Terms;
            KeyBody.Apply(body, ref changed);
            return key with { Terms = changed };
        });
        if (refusal is null) Log.Changed(logger, IdOf(exchange));
        return refusal;
    }

    // Twice is as good as once.
    private async ValueTask<ApiError?> RevokeAsync(Exchange exchange)
    {
        var refusal = await ChangeAsync(exchange, key => key with { Revoked = time.GetUtcNow() });
        if (refusal is null) Log.Revoked(logger, IdOf(exchange));
        return refusal is { Code: "key_revoked" } ? await GetAsync(exchange) : refusal;
    }

    private async ValueTask<ApiError?> ChangeAsync(Exchange exchange, Func<StoredKey, StoredKey> change, KeySecret? secret = null)
    {
        if (!store.IsConfigured) return Errors.NoKeyStore();
        var (id, table) = (IdOf(exchange), new KeyTable(store.Database.Dialect));
        var answer = await store.RunAsync((connection, token) => table.ChangeAsync(connection, id, change, token), Deadline, exchange.Http.RequestAborted);
        return await EndAsync(exchange, answer, secret, StatusCodes.Status200OK);
    }

    private async ValueTask<ApiError?> EndAsync(Exchange exchange, StoreAnswer<KeyResult> answer, KeySecret? secret, int status)
    {
        if (!answer.IsDone) return Errors.KeyStoreUnavailable();
        var (outcome, key) = answer.Value;
        switch (outcome)
        {
            case KeyOutcome.NotFound: return Errors.KeyNotFound(IdOf(exchange));
            case KeyOutcome.NameTaken: return Errors.KeyNameTaken(key!.Name);
            case KeyOutcome.Revoked: return Errors.KeyRevoked(key!.Id);
        }

        if (status == StatusCodes.Status201Created) Log.Made(logger, key!.Id, key.Name);
        await sync.CatchUpAsync(key!.Revision, Patience, exchange.Http.RequestAborted);
        // Nobody between here and who asked is to keep it.
        if (secret is not null) exchange.Response.Headers.CacheControl = "no-store";
        JsonResponses.Send(exchange, json => KeyJson.Write(json, key, time.GetUtcNow(), secret), status);
        return null;
    }

    private static async ValueTask<(JsonElement Body, ApiError? Error)> ReadBodyAsync(Exchange exchange, string[] known, bool withTerms, bool mayBeEmpty = false)
    {
        var limit = exchange.Gateway.Config.Server.MaxBodyBytes;
        using var body = await BodyReader.ReadAsync(exchange.Request, limit);
        if (body is null) return (default, Errors.TooLarge(limit));
        var type = exchange.Request.ContentType;
        if (!(mayBeEmpty && body.Length == 0) && !MediaTypes.IsJson(type)) return (default, Errors.UnsupportedMediaType(type, "application/json"));
        if (body.Length == 0 && !mayBeEmpty) return (default, Errors.InvalidJson("it is empty."));
        var read = KeyBody.Parse(body.Memory, known, withTerms, out var error);
        return (read ?? default, error);
    }

    private static string IdOf(Exchange exchange) => exchange.Request.RouteValues["id"] as string ?? "";

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The key {Id} was made for '{Name}'")]
        public static partial void Made(ILogger logger, string id, string name);

        [LoggerMessage(2, LogLevel.Information, "The key {Id} was changed")]
        public static partial void Changed(ILogger logger, string id);

        [LoggerMessage(3, LogLevel.Information, "The key {Id} was revoked")]
        public static partial void Revoked(ILogger logger, string id);

        [LoggerMessage(4, LogLevel.Information, "The key {Id} was rotated")]
        public static partial void Rotated(ILogger logger, string id);
    }
}
