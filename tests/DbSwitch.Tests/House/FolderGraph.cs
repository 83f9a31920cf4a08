using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DbSwitch.Tests.House;

/// <summary>
/// Which folder needs which, level by level: two files meet in the lowest folder that holds both, and there one's folder needs the other's. Files that lie in a folder directly count
/// as one more folder of it. What a name means is asked of the compiler, so a namespace that several folders share, a property that is called like a type and a comment don't mislead.
/// </summary>
internal static class FolderGraph
{
    public static IReadOnlyList<FolderEdge> Edges(Compilation project)
    {
        // Asking the compiler is dear: only of names that could be one of our types, or a method that is called without its type's name.
        var known = project.SyntaxTrees.SelectMany(tree => tree.GetRoot().DescendantNodes()).Select(NameOf).OfType<string>().ToHashSet();
        return
        [
            .. project.SyntaxTrees.AsParallel()
                .SelectMany(tree => EdgesOf(project, tree, known))
                .Distinct()
                .OrderBy(edge => edge.From, StringComparer.Ordinal).ThenBy(edge => edge.To, StringComparer.Ordinal).ThenBy(edge => edge.File, StringComparer.Ordinal).ThenBy(edge => edge.Type, StringComparer.Ordinal),
        ];
    }

    /// <summary>One circle for each knot of folders that need each other, the shortest there is, edge by edge.</summary>
    public static IReadOnlyList<IReadOnlyList<FolderEdge>> Circles(IReadOnlyList<FolderEdge> edges)
    {
        var next = edges.ToLookup(e => e.From);
        var circles = new List<IReadOnlyList<FolderEdge>>();
        var reported = new HashSet<string>();
        foreach (var circle in next.Select(n => ShortestBack(n.Key, next)).OfType<IReadOnlyList<FolderEdge>>().OrderBy(c => c.Count))
        {
            if (!circle.Any(e => reported.Contains(e.From)))
            {
                circles.Add(circle);
            }

            reported.UnionWith(circle.Select(e => e.From));
        }

        return circles;
    }

    public static string Describe(IReadOnlyList<FolderEdge> circle, IReadOnlyList<FolderEdge> all)
    {
        var lines = circle.Select(e => $"  {e}{(all.Count(other => (other.From, other.To) == (e.From, e.To)) is > 1 and var count ? $" (and {count - 1} more)" : "")}");
        return $"{string.Join(" -> ", circle.Select(e => e.From).Append(circle[0].From))}\n{string.Join('\n', lines)}";
    }

    private static List<FolderEdge>? ShortestBack(string start, ILookup<string, FolderEdge> next)
    {
        var ways = new Dictionary<string, List<FolderEdge>> { [start] = [] };
        var waiting = new Queue<string>([start]);
        while (waiting.TryDequeue(out var folder))
        {
            foreach (var edge in next[folder])
            {
                List<FolderEdge> way = [.. ways[folder], edge];
                if (edge.To == start)
                {
                    return way;
                }

                if (ways.TryAdd(edge.To, way))
                {
                    waiting.Enqueue(edge.To);
                }
            }
        }

        return null;
    }

    private static List<FolderEdge> EdgesOf(Compilation project, SyntaxTree tree, HashSet<string> known)
    {
        var model = project.GetSemanticModel(tree);
        return
        [
            .. from name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>()
               where known.Contains(name.Identifier.Text) || known.Contains(name.Identifier.Text + "Attribute")
               from type in TypesOf(model, name)
               where SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, project.Assembly)
               let files = type.DeclaringSyntaxReferences.Select(reference => reference.SyntaxTree.FilePath).ToList()
               where !files.Contains(tree.FilePath)
               let rooms = Between(tree.FilePath, files[0])
               where rooms is not null
               select new FolderEdge(rooms.Value.From, rooms.Value.To, tree.FilePath, type.Name),
        ];
    }

    private static string? NameOf(SyntaxNode node) => node switch
    {
        BaseTypeDeclarationSyntax type => type.Identifier.Text,
        DelegateDeclarationSyntax type => type.Identifier.Text,
        MethodDeclarationSyntax method when method.Modifiers.Any(SyntaxKind.StaticKeyword) => method.Identifier.Text,
        _ => null,
    };

    private static IEnumerable<INamedTypeSymbol> TypesOf(SemanticModel model, SimpleNameSyntax name)
    {
        var info = model.GetSymbolInfo(name);
        return (info.Symbol is { } symbol ? [symbol] : info.CandidateSymbols).Select(TypeOf).OfType<INamedTypeSymbol>();
    }

    // An extension method is called without the name of the class that holds it, and a member after "using static" too.
    private static INamedTypeSymbol? TypeOf(ISymbol symbol) => symbol switch
    {
        INamedTypeSymbol type => Outermost(type.OriginalDefinition),
        IMethodSymbol { MethodKind: MethodKind.Constructor } constructor => Outermost(constructor.ContainingType.OriginalDefinition),
        IMethodSymbol { MethodKind: not MethodKind.LocalFunction } method when method.ReducedFrom is not null || method.IsStatic => Outermost(method.ContainingType.OriginalDefinition),
        _ => null,
    };

    private static INamedTypeSymbol Outermost(INamedTypeSymbol type) => type.ContainingType is { } outer ? Outermost(outer) : type;

    private static (string From, string To)? Between(string from, string to)
    {
        var (left, right) = (from.Split('/'), to.Split('/'));
        var same = 0;
        while (same < left.Length - 1 && same < right.Length - 1 && left[same] == right[same])
        {
            same++;
        }

        return same == left.Length - 1 && same == right.Length - 1 ? null : (Room(left, same), Room(right, same));
    }

    private static string Room(string[] path, int level) => level == path.Length - 1 ? string.Join('/', [.. path[..level], "*"]) : string.Join('/', path[..(level + 1)]);
}
