using Xunit;

namespace Penstock.Tests.Architecture;

/// <summary>The rooms of the house stand one above another, and nothing refers to what stands above it or beside it.</summary>
public sealed class RoomsTests
{
    // From top to bottom. Constants leave no trace in compiled code: those are for the eye of a reviewer.
    private static readonly string[][] Floors =
    [
        ["Endpoints"],
        ["Runtime", "Forwarding"],
        ["Admission", "Routing", "Accounting"],
        ["Backends", "Storage"],
        ["Health"],
        ["Configuration"],
        ["Protocol", "Telemetry"],
    ];


    private static readonly IReadOnlyList<(string From, string To)> Arrows = AssemblyArrows.Read(typeof(PenstockOptions).Assembly.Location);

    [Fact]
    public void Rooms_Arrows_PointDownOnly()
    {
        var wrong = Arrows
            .Select(a => (a.From, a.To, Above: FloorOf(a.From), Below: FloorOf(a.To)))
            .Where(a => a.Above is not null && a.Below is not null && RoomOf(a.From) != RoomOf(a.To) && a.Above >= a.Below)
            .Select(a => $"{a.From} -> {a.To}");

        Assert.Equal([], wrong);
    }

    [Fact]
    public void Rooms_All_HaveTheirFloor()
    {
        var rooms = typeof(PenstockOptions).Assembly.GetTypes()
            .Select(t => RoomOf(t.FullName!)).OfType<string>().Where(r => r.Length > 0).Distinct().Order(StringComparer.Ordinal);

        Assert.Equal(Floors.SelectMany(f => f).Order(StringComparer.Ordinal), rooms);
    }

    [Fact]
    public void Configuration_FromBelow_UsesTheLogFormatOnly()
    {
        var used = Arrows.Where(a => RoomOf(a.From) == "Configuration" && RoomOf(a.To) is "Protocol" or "Telemetry");

        Assert.Equal(["Penstock.Telemetry.LogFormat"], used.Where(a => RoomOf(a.From) == "Configuration").Select(a => a.To).Distinct());
    }

    // The root composes the house, and what it offers to applications is what it may be known for.
    [Fact]
    public void Root_IsUsedByNoRoom()
    {
        var used = Arrows.Where(a => RoomOf(a.From) is { Length: > 0 } && RoomOf(a.To) is "").Select(a => $"{a.From} -> {a.To}");

        Assert.Equal([], used);
    }

    // The kinds of backend meet in the seam, not each other; and only the list of kinds knows them.
    [Fact]
    public void BackendKinds_DoNotKnowEachOther()
    {
        var wrong = Arrows.Where(a => IsKind(a.To) && KindOf(a.From) != KindOf(a.To) && a.From.StartsWith("Penstock.", StringComparison.Ordinal)
            && a.From != "Penstock.Backends.BackendKinds" && RoomOf(a.From) != "").Select(a => $"{a.From} -> {a.To}");

        Assert.Equal([], wrong);
    }

    // Without this, a reader of the wrong file or of no method bodies would find everything in order.
    [Theory]
    [InlineData("Penstock.Endpoints.ExchangePipeline", "Penstock.Health.Drain")]
    [InlineData("Penstock.Forwarding.AttemptRunner", "Penstock.Backends.IBackend")]
    [InlineData("Penstock.Backends.Backend", "Penstock.Protocol.JsonText")]
    [InlineData("Penstock.Configuration.LogConfig", "Penstock.Telemetry.LogFormat")]
    public void Arrows_InsideMethods_AreSeen(string from, string to) => Assert.Contains((from, to), Arrows);

    private static bool IsKind(string type) => NamespaceOf(type).StartsWith("Penstock.Backends.", StringComparison.Ordinal);

    // Penstock.Backends.Http, whatever folders it has of its own.
    private static string KindOf(string type) => string.Join('.', NamespaceOf(type).Split('.').Take(3));

    private static string NamespaceOf(string type) => type[..type.LastIndexOf('.')];

    private static int? FloorOf(string type)
    {
        var room = RoomOf(type);
        var floor = Array.FindIndex(Floors, f => f.Contains(room));
        return floor < 0 ? null : floor;
    }

    // Null: not ours, like what the compiler adds to every assembly. Empty: the root.
    private static string? RoomOf(string type)
    {
        var parts = type.Split('+')[0].Split('.');
        return parts[0] != "Penstock" ? null : parts.Length == 2 ? "" : parts[1];
    }
}
