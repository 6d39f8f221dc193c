using Xunit;

public class HealthTests
{
    [Fact]
    public void Name_is_set() => Assert.NotEmpty("${{ values.name }}");
}
