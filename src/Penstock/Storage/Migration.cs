using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Penstock.Storage;

/// <summary>One step of the tables' history.</summary>
/// <param name="Number">Its place: 1, 2, 3, …</param>
/// <param name="Name">What it is about.</param>
/// <param name="Sql">Its statements, in one dialect.</param>
internal sealed record Migration(int Number, string Name, string Sql)
{
    private const string Folder = "migrations/";

    /// <summary>Tells whether the step is the one that was taken before.</summary>
    public string Checksum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));

    /// <summary>
    /// The steps of this version: the files <c>NNNN-name.sql</c> of <c>Storage/Migrations</c>, or where the stores have to be
    /// told differently <c>NNNN-name.sqlite.sql</c> and <c>NNNN-name.postgres.sql</c>.
    /// </summary>
    public static IReadOnlyList<Migration> All(Dialect dialect)
    {
        var assembly = typeof(Migration).Assembly;
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(file => file.StartsWith(Folder, StringComparison.Ordinal))
                .Select(file => (File: file, Parts: file[Folder.Length..].Split('.')))
                .Where(file => file.Parts.Length == 2 || file.Parts[1] == dialect.Name)
                .Select(file => Read(file.File, file.Parts[0], dialect))
                .OrderBy(migration => migration.Number),
        ];
    }

    private static Migration Read(string file, string title, Dialect dialect)
    {
        using var reader = new StreamReader(typeof(Migration).Assembly.GetManifestResourceStream(file)!);
        var sql = reader.ReadToEnd().ReplaceLineEndings("\n");
        return new Migration(int.Parse(title[..4], CultureInfo.InvariantCulture), title[5..], dialect.Translate(sql));
    }
}
