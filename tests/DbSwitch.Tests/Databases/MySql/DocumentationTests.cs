using DbSwitch.Tests.Deploying;

namespace DbSwitch.Tests.Databases.MySql;

/// <summary>What docs/mysql.md says is so.</summary>
public sealed class DocumentationTests
{
    /// <summary>All tests of this folder come as an account with these rights and no other.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_account_of_the_document_is_the_one_that_is_tested(bool maria)
    {
        var (watch, promote) = RealMySql.DocumentedRights(maria);
        var statements = new ShownDocument("docs/mysql.md").Blocks.Where(b => b.Language == "sql").Select(b => b.Content).ToList();

        statements.ShouldContain(s => s.Contains($"GRANT {watch} ON *.* TO dbswitch@'%';", StringComparison.Ordinal) && s.Contains($"GRANT {promote} ON *.* TO dbswitch@'%';", StringComparison.Ordinal));
    }
}
