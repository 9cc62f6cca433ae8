using Penstock.Configuration;
using Xunit;

namespace Penstock.Tests.Configuration;

/// <summary><c>store</c>, <c>usage_days</c>, <c>usage_spool</c> and the variable <c>STORE</c>.</summary>
public sealed class StoreKeysTests
{
    [Theory]
    [InlineData("sqlite:penstock.db", "penstock.db")]
    [InlineData("sqlite://penstock.db", "penstock.db")]
    [InlineData("sqlite:/var/lib/penstock.db", "/var/lib/penstock.db")]
    [InlineData("sqlite:///var/lib/penstock.db", "/var/lib/penstock.db")]
    [InlineData(" sqlite:a b.db ", "a b.db")]
    public void Store_Sqlite_IsAFile(string text, string path)
    {
        Assert.True(StoreReader.TryParse(text, out var store, out _));
        Assert.Equal(new StoreConfig { Kind = StoreKind.Sqlite, Path = path }, store);
    }

    [Fact]
    public void Store_Postgres_HasAllOfTheAddress()
    {
        Assert.True(StoreReader.TryParse(
            "postgresql://us%40er:p%3A%2Fw@db.example.com:5433/usage?sslmode=verify-full&sslrootcert=%2Fca.pem", out var store, out _));
        var expected = new PostgresAddress
        {
            Host = "db.example.com",
            Port = 5433,
            Database = "usage",
            User = "us@er",
            Password = "p:/w",
            SslMode = "verify-full",
            RootCertificate = "/ca.pem",
        };
        Assert.Equal(expected, store.Postgres);
    }

    [Theory]
    [InlineData("postgres://db/usage", "db", 5432)]
    [InlineData("postgres://u@[::1]:6000/usage", "::1", 6000)]
    [InlineData("postgres:///usage?host=/run/postgresql", "/run/postgresql", 5432)]
    [InlineData("postgres://u:p@w@db/usage", "db", 5432)]
    public void Store_Postgres_FindsTheServer(string text, string host, int port)
    {
        Assert.True(StoreReader.TryParse(text, out var store, out _));
        Assert.Equal((host, port, "usage"), (store.Postgres!.Host, store.Postgres.Port, store.Postgres.Database));
    }

    [Theory]
    [InlineData("penstock.db", "this must be sqlite:FILE, or postgres://user:password@host:port/database")]
    [InlineData("mysql://u:s3cret@db/x", "this must be sqlite:FILE, or postgres://user:password@host:port/database")]
    [InlineData("sqlite:", "the name of the file is missing: sqlite:penstock.db")]
    [InlineData("sqlite:data/", "the name of the file is missing: sqlite:penstock.db")]
    [InlineData("sqlite::memory:", "a database in memory does not last; leave store out to have none")]
    [InlineData("postgres://u:s3cret@db", "the database is missing: postgres://user:password@host:5432/database")]
    [InlineData("postgres://u:s3cret@db:port/x", "this is not an address like postgres://user:password@host:5432/database")]
    [InlineData("postgres://u:s3cret@db/x?sslmode=requir", "sslmode 'requir' is not one of disable, allow, prefer, require, verify-ca, verify-full; did you mean 'require'?")]
    [InlineData("postgres://u:s3cret@db/x?timeout=3", "the option 'timeout' is not one of host, sslmode, sslrootcert")]
    public void Store_Wrong_SaysWhatWouldBeRight(string text, string message)
    {
        Assert.False(StoreReader.TryParse(text, out _, out var error));
        Assert.Equal(message, error);
    }

    [Fact]
    public void Store_RelativeFile_IsInTheWorkingDirectory_AndTheSpoolBesideIt()
    {
        using var folder = new ConfigFolder().Write("store: sqlite:data/penstock.db\n");

        var config = folder.LoadValid();

        Assert.Equal(Path.Combine(folder.Directory, "data", "penstock.db"), config.Store!.Path);
        Assert.Equal(Path.Combine(folder.Directory, "data", "usage-spool"), config.Usage.Spool);
    }

    [Fact]
    public void Store_Variable_WinsOverTheFile()
    {
        using var folder = new ConfigFolder().Write("store: sqlite:one.db\nusage_days: 7\nusage_spool: spool\n").Set("STORE", "postgres://db/two");

        var config = folder.LoadValid();

        Assert.Equal("two", config.Store!.Postgres!.Database);
        Assert.Equal(7, config.Usage.Days);
        Assert.Equal(Path.Combine(folder.Directory, "spool"), config.Usage.Spool);
    }

    [Fact]
    public void Store_None_IsTheDefault()
    {
        using var folder = new ConfigFolder().Write("");

        Assert.Null(folder.LoadValid().Store);
    }

    [Fact]
    public void Store_Wrong_IsAnErrorWithItsPlace()
    {
        using var folder = new ConfigFolder().Write("usage_days: -1\nstore: nowhere\n").Set("STORE", "elsewhere");

        Assert.Equal(
        [
            "config.yaml:1: usage_days: '-1' is not a whole number from 0 to 36500",
            "config.yaml:2: store: this must be sqlite:FILE, or postgres://user:password@host:port/database",
            "STORE: this must be sqlite:FILE, or postgres://user:password@host:port/database",
        ], folder.Errors());
    }

    [Fact]
    public void Print_Password_IsMasked()
    {
        Assert.True(StoreReader.TryParse("postgres://u:s3cret@db/x", out var store, out _));

        Assert.Equal("postgres://u:***@db:5432/x?sslmode=prefer", StoreReader.Print(store));
    }
}
