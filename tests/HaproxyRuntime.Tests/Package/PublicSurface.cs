using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace HaproxyRuntime.Tests.Package;

/// <summary>Writes down every public type of an assembly with every public or protected member, in an order that depends on their names alone.</summary>
internal static class PublicSurface
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
    private static readonly NullabilityInfoContext s_nullability = new();

    public static string Of(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Header(type)).Append('\n');
            foreach (var line in Members(type).Order(StringComparer.Ordinal))
            {
                text.Append("    ").Append(line).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Header(Type type)
    {
        var kind = type switch
        {
            { IsEnum: true } => (type.IsDefined(typeof(FlagsAttribute)) ? "flags enum " : "enum ") + Enum.GetUnderlyingType(type).Name,
            { IsInterface: true } => "interface",
            { IsValueType: true } => type.GetMethod("PrintMembers", All) is null ? "struct" : "record struct",
            _ => (type is { IsAbstract: true, IsSealed: true } ? "static " : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "") + (type.GetMethod("<Clone>$") is null ? "class" : "record"),
        };
        var bases = new[] { type.BaseType }.Concat(type.GetInterfaces())
            .Where(b => b is not null && b != typeof(object) && b.Namespace != "System" || b == typeof(Exception) || b == typeof(IAsyncDisposable))
            .Select(b => Name(b!)).Order(StringComparer.Ordinal).ToList();
        return $"{kind} {type.FullName}{(bases.Count > 0 && !type.IsEnum ? " : " + string.Join(", ", bases) : "")}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Select(name => string.Create(CultureInfo.InvariantCulture, $"{Convert.ToInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture):D3} {name}"));
        }

        return type.GetMembers(All).Select(member => member switch
        {
            FieldInfo field when field.IsPublic || field.IsFamily => $"{(field.IsLiteral ? "const " : field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}{(field.IsLiteral ? " = " + Value(field.GetRawConstantValue()) : "")}",
            ConstructorInfo constructor when IsVisible(constructor) && !constructor.IsDefined(typeof(CompilerGeneratedAttribute)) => $"{Access(constructor)}.ctor({Parameters(constructor)})",
            PropertyInfo property when property.GetMethod is { } get && IsVisible(get) && property.Name != "EqualityContract" => Property(property, get),
            EventInfo @event => $"event {Name(@event.EventHandlerType!)} {@event.Name}",
            MethodInfo method when IsVisible(method) && !method.IsSpecialName && !method.IsDefined(typeof(CompilerGeneratedAttribute)) && method.GetBaseDefinition().DeclaringType != typeof(object) =>
                $"{Access(method)}{Modifiers(method)}{Name(method.ReturnType, s_nullability.Create(method.ReturnParameter))} {method.Name}({Parameters(method)})",
            _ => "",
        }).Where(line => line.Length > 0);
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Access(MethodBase method) => method.IsPublic ? "" : "protected ";

    private static string Modifiers(MethodInfo method) => method.IsStatic ? "static " : method.IsAbstract ? "abstract " : method.GetBaseDefinition() != method ? "override " : method is { IsVirtual: true, IsFinal: false } ? "virtual " : "";

    private static string Property(PropertyInfo property, MethodInfo get)
    {
        var set = property.SetMethod is not { } setter || !IsVisible(setter) ? ""
            : setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? " init;" : " set;";
        var name = property.GetIndexParameters() is { Length: > 0 } indices ? $"this[{string.Join(", ", indices.Select(i => Name(i.ParameterType) + " " + i.Name))}]" : property.Name;
        return $"{Access(get)}{Modifiers(get)}{Name(property.PropertyType, s_nullability.Create(property))} {name} {{ get;{set} }}";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(p =>
        $"{(p.IsOut ? "out " : p.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "")}{Name(p.ParameterType.IsByRef ? p.ParameterType.GetElementType()! : p.ParameterType, s_nullability.Create(p))} {p.Name}{(p.HasDefaultValue ? " = " + Value(p.DefaultValue) : "")}"));

    private static string Value(object? value) => value switch
    {
        null => "default",
        string text => $"\"{text}\"",
        bool or Enum => value.ToString()!,
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static string Name(Type type, NullabilityInfo? nullability = null)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
        {
            return Name(inner) + "?";
        }

        var name = type switch
        {
            { IsArray: true } => Name(type.GetElementType()!) + "[]",
            { IsGenericType: true } => $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select((argument, i) => Name(argument, nullability?.GenericTypeArguments.ElementAtOrDefault(i))))}>",
            { IsGenericParameter: true } => type.Name,
            _ => type.DeclaringType is { } outer ? $"{outer.Name}.{type.Name}" : type.Name,
        };
        return !type.IsValueType && nullability?.ReadState == NullabilityState.Nullable ? name + "?" : name;
    }
}
