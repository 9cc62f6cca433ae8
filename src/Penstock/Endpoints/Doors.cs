using Microsoft.AspNetCore.Http;

namespace Penstock.Endpoints;

/// <summary>
/// What can be reached by which port. Health and metrics are behind each. Where administration has a port of its own, it
/// is behind that one alone, and callers have nothing to ask there: who closes that port to the world has closed it.
/// </summary>
/// <param name="hasAdminPort">Whether there is such a port; in an application of others there never is.</param>
internal sealed class Doors(bool hasAdminPort)
{
    public bool LeadTo(Route route, HttpContext http)
    {
        if (!hasAdminPort) return true;
        var isAdminDoor = http.Features.Get<AdminDoor>() is not null;
        return isAdminDoor ? !route.IsApi : !route.IsAdmin;
    }
}
