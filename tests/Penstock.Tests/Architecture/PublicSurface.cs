using System.Reflection;
using System.Runtime.CompilerServices;

namespace Penstock.Tests.Architecture;

/// <summary>Writes down what of an assembly others can use, a line a member, in a stable order.</summary>
internal static class PublicSurface
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Of(Assembly assembly)
    {
        foreach (var type in assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            yield return $"{KindOf(type)} {type.FullName}{BaseOf(type)}";
            foreach (var member in type.GetMembers(Declared).Select(Describe).OfType<string>().Order(StringComparer.Ordinal))
                yield return "    " + member;
        }
    }

    private static string KindOf(Type type) =>
        type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct"
        : type is { IsAbstract: true, IsSealed: true } ? "static class" : type.IsAbstract ? "abstract class" : type.IsSealed ? "sealed class" : "class";

    private static string BaseOf(Type type)
    {
        var bases = type.GetInterfaces().AsEnumerable();
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(Enum) && parent != typeof(ValueType))
            bases = bases.Except(parent.GetInterfaces()).Prepend(parent);
        if (type.IsEnum) bases = [];
        var names = bases.Select(NameOf).ToArray();
        return names.Length == 0 ? "" : " : " + string.Join(", ", names.Order(StringComparer.Ordinal));
    }

    private static string? Describe(MemberInfo member) => member switch
    {
        _ when member.IsDefined(typeof(CompilerGeneratedAttribute)) => null,
        FieldInfo field when IsVisible(field.Attributes) => field.IsLiteral
            ? $"const {NameOf(field.FieldType)} {field.Name}" : $"{Static(field.IsStatic)}{NameOf(field.FieldType)} {field.Name}",
        PropertyInfo property when property.GetAccessors(nonPublic: true).Any(IsVisible) => Describe(property),
        ConstructorInfo constructor when IsVisible(constructor) => $"new({Parameters(constructor)})",
        MethodInfo { IsSpecialName: false } method when IsVisible(method) =>
            $"{Static(method.IsStatic)}{Abstract(method)}{NameOf(method.ReturnType)} {method.Name}({Parameters(method)})",
        _ => null,
    };

    private static string Describe(PropertyInfo property)
    {
        var accessors = new List<string>();
        if (property.GetMethod is { } get && IsVisible(get)) accessors.Add("get;");
        if (property.SetMethod is { } set && IsVisible(set))
            accessors.Add(set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init;" : "set;");
        var required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        var any = property.GetAccessors(nonPublic: true)[0];
        return $"{required}{Static(any.IsStatic)}{Abstract(any)}{NameOf(property.PropertyType)} {property.Name} {{ {string.Join(' ', accessors)} }}";
    }

    private static string Static(bool isStatic) => isStatic ? "static " : "";

    private static string Abstract(MethodInfo method) => method switch
    {
        { DeclaringType.IsInterface: true } => method.IsAbstract ? "" : "default ",
        { IsAbstract: true } => "abstract ",
        { IsVirtual: true, IsFinal: false } => method.GetBaseDefinition() == method ? "virtual " : "override ",
        _ => "",
    };

    private static bool IsVisible(MethodBase method) => method.IsPublic || (method.DeclaringType!.IsSealed ? false : method.IsFamily || method.IsFamilyOrAssembly);

    private static bool IsVisible(FieldAttributes attributes) => (attributes & FieldAttributes.FieldAccessMask) == FieldAttributes.Public
        && !attributes.HasFlag(FieldAttributes.SpecialName);

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters()
        .Select(p => $"{NameOf(p.ParameterType)} {p.Name}{(p.HasDefaultValue ? " = " + (p.DefaultValue ?? "default") : "")}"));

    private static string NameOf(Type type) => type switch
    {
        { IsArray: true } => NameOf(type.GetElementType()!) + "[]",
        { IsByRef: true } => "ref " + NameOf(type.GetElementType()!),
        { IsGenericType: true } => $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>",
        _ => type.Name,
    };
}
