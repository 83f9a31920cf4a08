namespace DbSwitch.Tests.House;

/// <summary>The graph itself, on sources that are made up: it finds what is there, and nothing that is not.</summary>
public sealed class FolderGraphCodeTests
{
    [Fact]
    public void Two_folders_that_need_each_other_are_a_circle_and_it_says_by_which_file_and_type()
    {
        var edges = Edges(
            ("Orders/Order.cs", "namespace N; class Order { void Pay(Bill bill) { } }"),
            ("Bills/Bill.cs", "namespace N; class Bill { }"),
            ("Bills/Sum.cs", "namespace N; class Sum { object Of() => new Order(); }"));

        var circle = FolderGraph.Circles(edges).ShouldHaveSingleItem();
        FolderGraph.Describe(circle, edges).ShouldBe(
            """
            Bills -> Orders -> Bills
              Bills needs Orders: Bills/Sum.cs names Order
              Orders needs Bills: Orders/Order.cs names Bill
            """);
    }

    [Fact]
    public void A_circle_over_three_folders_is_one()
    {
        var edges = Edges(("A/A.cs", "class A : B { }"), ("B/B.cs", "class B { C? c; }"), ("C/C.cs", "class C { System.Collections.Generic.List<A> all = []; }"));

        FolderGraph.Circles(edges).ShouldHaveSingleItem().Select(e => e.From).ShouldBe(["A", "B", "C"], ignoreOrder: true);
    }

    [Fact]
    public void Folders_inside_a_folder_are_told_apart_and_files_beside_them_are_a_folder_too()
    {
        var edges = Edges(
            ("Http/Server.cs", "class Server { Events? events; }"),
            ("Http/Events/Events.cs", "class Events { Problems? problems; }"),
            ("Http/Problems.cs", "class Problems { }"));

        FolderGraph.Circles(edges).ShouldHaveSingleItem().Select(e => e.ToString()).ShouldBe(
            ["Http/* needs Http/Events: Http/Server.cs names Events", "Http/Events needs Http/*: Http/Events/Events.cs names Problems"], ignoreOrder: true);
    }

    [Fact]
    public void One_way_is_no_circle_and_neither_are_comments_texts_and_members_of_the_same_name()
    {
        var edges = Edges(
            ("Top/Top.cs", "class Top { Bottom? bottom; }"),
            ("Bottom/Bottom.cs", "/// <see cref=\"Top\"/>\nclass Bottom { string Top => \"Top\"; /* Top */ }"));

        edges.ShouldHaveSingleItem().ToString().ShouldBe("Top needs Bottom: Top/Top.cs names Bottom");
        FolderGraph.Circles(edges).ShouldBeEmpty();
    }

    [Fact]
    public void An_extension_method_and_a_static_using_need_the_class_that_holds_them()
    {
        Edges(("A/A.cs", "static class A { public static int Twice(this int n) => 2 * n; }"), ("B/B.cs", "class B { int four = 2.Twice(); }"))
            .ShouldHaveSingleItem().ToString().ShouldBe("B needs A: B/B.cs names A");
        Edges(("A/A.cs", "namespace N; static class A { public static int Two() => 2; }"), ("B/B.cs", "using static N.A; class B { int two = Two(); }"))
            .ShouldHaveSingleItem().ToString().ShouldBe("B needs A: B/B.cs names A");
    }

    [Fact]
    public void All_files_of_a_type_count_and_whether_its_objects_change()
    {
        TypeLength.Of(Compile(
            ("One.cs", "partial class Counter\n{\n    int _count;\n}"),
            ("Two.cs", "/// What it does.\npartial class Counter\n{\n    void Add() => _count++;\n}"),
            ("Three.cs", "sealed record Point(int X, int Y);\nstatic class Points\n{\n}"))).ShouldBe(
            [new TypeLength("Counter", 8, true), new TypeLength("Points", 3, false), new TypeLength("Point", 1, false)]);
    }

    private static IReadOnlyList<FolderEdge> Edges(params (string Path, string Text)[] sources) => FolderGraph.Edges(Compile(sources));

    private static Microsoft.CodeAnalysis.CSharp.CSharpCompilation Compile(params (string Path, string Text)[] sources) =>
        Project.Compile("Madeup", sources.Select(source => new SourceFile(source.Path, source.Text)), Project.Platform);
}
