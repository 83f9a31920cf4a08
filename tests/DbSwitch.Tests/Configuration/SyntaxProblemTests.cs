namespace DbSwitch.Tests.Configuration;

/// <summary>What isn't YAML, and what is YAML but not wanted here.</summary>
public sealed class SyntaxProblemTests
{
    [Theory]
    [InlineData("", "is empty")]
    [InlineData("\n# nothing\n", "is empty")]
    [InlineData("---\n", "is empty")]
    [InlineData("hello", "1:1: expected keys and values (a key, a colon, a space, a value), found the value \"hello\"")]
    [InlineData("state:x\nlisten:y", "1:1: expected keys and values (a key, a colon, a space, a value), found the value \"state:x listen:y\"")]
    [InlineData("- a", "1:1: expected keys and values (a key, a colon, a space, a value), found a list")]
    [InlineData("a: @x", "1:4: a value can't begin with this character; put the value in quotes")]
    [InlineData("a: `x", "1:4: a value can't begin with this character; put the value in quotes")]
    [InlineData("a: %x", "1:4: a value can't begin with this character; put the value in quotes")]
    [InlineData("a: b: c", "1:5: a second \": \" where a value stands; put the value in quotes, or check the indentation")]
    [InlineData("a: 1\n  b: 2", "2:4: a second \": \" where a value stands; put the value in quotes, or check the indentation")]
    [InlineData("a: [::]:8320", "1:9: expected a key, a colon and a space here; check the indentation, and put a value with special characters in quotes")]
    [InlineData("a:\n  b: 1\n c: 2", "3:2: expected a key, a colon and a space here; check the indentation, and put a value with special characters in quotes")]
    [InlineData("- a\nb: 1", "2:1: expected another list item (- …) here; check the indentation")]
    [InlineData("a: \"x", "1:4: the closing quote of this value is missing")]
    [InlineData("a: [1, 2\n", "2:1: a comma or the closing ] of a list is missing before this; put a value with special characters in quotes")]
    [InlineData("a: {b: 1\n", "2:1: a comma or the closing } of a map is missing before this; put a value with special characters (${NAME}) in quotes")]
    [InlineData("a: { b: ${X} }", "1:10: a comma or the closing } of a map is missing before this; put a value with special characters (${NAME}) in quotes")]
    [InlineData("a: \"\\q\"", "1:4: a backslash in double quotes needs a second one, or use single quotes")]
    [InlineData("{a: 1}}", "1:7: expected the end of the file here; is there a closing bracket too many?")]
    [InlineData("a: 1\nb:2\nc: 3", "2:1: expected a key, a colon and a space here; check the indentation, and put a value with special characters in quotes")]
    [InlineData(": \n5", "2:1: a key needs a colon and a space after it")]
    [InlineData("a: ]", "1:4: a value is missing here; put a value with special characters in quotes")]
    [InlineData("a: b\nc: !![", "2:2: is not valid YAML from about here on; put values with special characters in quotes")]
    [InlineData("...\n[", "1:1: is not valid YAML from about here on; put values with special characters in quotes")]
    [InlineData("a: [\r\\", "1:4: is not valid YAML from about here on; put values with special characters in quotes")]
    [InlineData("a: | x", "1:4: is not valid YAML: While scanning a block scalar, did not find expected comment or line break")]
    public void A_file_that_can_not_be_bound(string yaml, string problem) => Sample.Problems(yaml).ShouldBe([problem]);

    [Theory]
    [InlineData("a: 1\n\tb: 2\n \tc: 3", "2:1: a tab as indentation; YAML wants spaces", "3:2: a tab as indentation; YAML wants spaces")]
    [InlineData("%YAML 1.1\n---\na: 1", "1:1: has a YAML directive (a line that begins with %); remove it")]
    [InlineData("a: \u0007x", "1:4: has the invisible character U+0007; remove it")]
    [InlineData("a: 1\r\nb:\0", "2:3: has the invisible character U+0000; remove it")]
    [InlineData("a: 1\u2028b: 2", "1:5: has the invisible character U+2028; remove it")]
    public void Characters_that_do_not_belong_there(string yaml, params string[] problems) => Sample.Problems(yaml).ShouldBe(problems);

    [Theory]
    [InlineData("a: &x 1\nb: *x", "1:4: a: anchors (\"&x\") are not supported; put a value that begins with & in quotes", "2:4: b: aliases (\"*x\") are not supported; put a value that begins with * in quotes")]
    [InlineData("a: *:8320", "1:4: a: aliases (\"*:8320\") are not supported; put a value that begins with * in quotes")]
    [InlineData("a: !!str 1", "1:4: a: tags (\"tag:yaml.org,2002:str\") are not supported; put a value that begins with ! in quotes")]
    [InlineData("a: !x {b: 1}", "1:4: a: tags (\"!x\") are not supported; put a value that begins with ! in quotes")]
    [InlineData("a: 1\n---\nb: 2", "2:1: has a second YAML document; everything belongs into one (remove the line ---)")]
    [InlineData("a: 1\n...\n---\n", "3:1: has a second YAML document; everything belongs into one (remove the line ---)")]
    [InlineData("? [a]\n: b", "1:3: a key must be one word, found a list")]
    [InlineData("? {a: b}\n: b", "1:3: a key must be one word, found a map")]
    [InlineData("'': b", "1:1: a key must be one word, found the value \"\"")]
    [InlineData("*x : b", "1:1: aliases (\"*x\") are not supported; put a value that begins with * in quotes")]
    [InlineData("*x", "1:1: aliases (\"*x\") are not supported; put a value that begins with * in quotes")]
    [InlineData("a: [[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]", "1:19: is nested too deeply")]
    public void What_a_configuration_does_not_need(string yaml, params string[] problems) =>
        Sample.Problems(yaml).Where(p => !p.Contains("unknown key") && !p.EndsWith("is missing")).ShouldBe(problems);

    [Fact]
    public void A_refused_value_is_reported_once() =>
        Sample.Problems(Sample.With("http: 127.0.0.1:8370", "http: *x")).ShouldBe(["4:9: listen.http: aliases (\"*x\") are not supported; put a value that begins with * in quotes"]);

    [Fact]
    public void A_document_may_have_its_markers_comments_a_mark_of_byte_order_and_foreign_line_ends() =>
        Sample.Problems("\uFEFF---\r\n" + Sample.Valid.ReplaceLineEndings("\r\n") + "\r\n...\r\n\t# the end\r\n").ShouldBeEmpty();

    [Fact]
    public void A_megabyte_of_brackets_is_refused_at_once() =>
        Sample.Read(new string('[', 1024 * 1024)).Problems.Count.ShouldBe(1);
}
