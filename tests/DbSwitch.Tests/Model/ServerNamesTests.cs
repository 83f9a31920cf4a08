using DbSwitch.Configuration;
using HaproxyRuntime;

namespace DbSwitch.Tests.Model;

public sealed class ServerNamesTests
{
    [Theory]
    [InlineData("backend-db1", 8310, "backend_db1_8310")]
    [InlineData("db_1.eu", 5432, "db_1.eu_5432")]
    [InlineData("a-b-c", 1, "a_b_c_1")]
    public void A_server_has_the_targets_name_with_underscores_and_its_port(string target, int port, string server) =>
        new TargetConfiguration(target, new HostPort("host", port)).ServerName.ShouldBe(server);
}
