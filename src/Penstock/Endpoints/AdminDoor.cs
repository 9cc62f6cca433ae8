namespace Penstock.Endpoints;

/// <summary>A feature of connections that came by the admin port.</summary>
internal sealed class AdminDoor
{
    public static AdminDoor Instance { get; } = new();
}
