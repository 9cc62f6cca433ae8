using System.Buffers.Text;
using System.Security.Cryptography;
using Penstock.Configuration;

namespace Penstock.Admission.Keys;

/// <summary>A new key: <c>pk-</c> and 256 random bits in base64url. It is told once to whoever asked for it, and not kept.</summary>
internal sealed class KeySecret
{
    private const string Scheme = "pk-";

    // What is shown of a key leaves 232 bits of it.
    private const int Shown = 4;

    private KeySecret(string text) => Text = text;

    /// <summary>The key itself.</summary>
    public string Text { get; }

    public KeyHash Hash => KeyHash.Of(Text);

    /// <summary>How it begins, by which people tell it from others.</summary>
    public string Prefix => Text[..(Scheme.Length + Shown)];

    public static KeySecret New() => new(Scheme + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));

    // Nothing that prints an object prints this one.
    public override string ToString() => $"{Prefix}…";
}
