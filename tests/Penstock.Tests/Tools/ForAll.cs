using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Penstock.Tests.Tools;

/// <summary>Runs a property over generated cases; the first case for which it throws is printed with its seed.</summary>
internal static class ForAll
{
    public static void Check<T>(Gen<T> cases, Action<T> property, int count = 500) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(count), Prop.ForAll(cases.ToArbitrary(), c => Run(property, c)));

    // Bytes are mostly text: that says more than their numbers.
    private static void Run<T>(Action<T> property, T c)
    {
        try
        {
            property(c);
        }
        catch (Exception e) when (c is byte[] bytes)
        {
            throw new InvalidOperationException($"The case is {JsonSerializer.Serialize(Encoding.UTF8.GetString(bytes))}: {e.Message}", e);
        }
    }
}
