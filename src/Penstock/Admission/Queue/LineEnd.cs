namespace Penstock.Admission.Queue;

/// <summary>How waiting has ended.</summary>
internal enum LineEnd
{
    /// <summary>With a seat.</summary>
    Served,

    /// <summary>There was no room in the line, or others had more right to it.</summary>
    Full,

    /// <summary>It was batch work under pressure.</summary>
    Shed,

    /// <summary>Its time was over.</summary>
    TimedOut,

    /// <summary>Nobody in this line's pool can answer it any more: it asks once more where to go, as one that has just come.</summary>
    Moved,

    /// <summary>The caller left, or the gateway stops.</summary>
    Left,
}
