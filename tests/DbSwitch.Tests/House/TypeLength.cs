using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DbSwitch.Tests.House;

/// <summary>A type with all its partial files together.</summary>
/// <param name="IsMutable">An object of it changes: it has a field or a property that can be set after it was made, or holds a collection that can.</param>
internal sealed record TypeLength(string Name, int Lines, bool IsMutable)
{
    /// <summary>The longest first.</summary>
    public static IReadOnlyList<TypeLength> Of(Compilation project) =>
    [
        .. project.SyntaxTrees
            .SelectMany(tree => tree.GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>().Where(type => type.Parent is not TypeDeclarationSyntax)
                .Select(type => (Declared: project.GetSemanticModel(tree).GetDeclaredSymbol(type)!, Lines: LinesOf(type))))
            .GroupBy(part => part.Declared, (type, parts) => new TypeLength(type.ToDisplayString(), parts.Sum(part => part.Lines), Changes(type)), SymbolEqualityComparer.Default)
            .OrderByDescending(type => type.Lines),
    ];

    // Without the comment before it.
    private static int LinesOf(TypeDeclarationSyntax type)
    {
        var span = type.SyntaxTree.GetLineSpan(type.Span);
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }

    private static bool Changes(ISymbol type) => type is INamedTypeSymbol { TypeKind: TypeKind.Class } declared && declared.GetMembers().Any(member => member switch
    {
        IFieldSymbol { IsStatic: false, IsConst: false } field => (!field.IsReadOnly && !field.IsImplicitlyDeclared) || IsMutableCollection(field.Type),
        IPropertySymbol { IsStatic: false, SetMethod: { IsInitOnly: false } } property => declared.GetMembers().OfType<IFieldSymbol>().Any(field => SymbolEqualityComparer.Default.Equals(field.AssociatedSymbol, property)),
        _ => false,
    });

    private static bool IsMutableCollection(ITypeSymbol type) => type.TypeKind == TypeKind.Class && type.ContainingNamespace?.ToDisplayString() is "System.Collections.Generic" or "System.Collections.Concurrent";
}
