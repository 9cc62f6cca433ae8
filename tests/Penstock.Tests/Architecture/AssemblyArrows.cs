using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Penstock.Tests.Architecture;

/// <summary>Which types of an assembly refer to which others of it: in signatures, attributes and inside method bodies.</summary>
internal sealed class AssemblyArrows
{
    private readonly MetadataReader _metadata;
    private readonly TypeCollector _collector;
    private readonly List<(string From, string To)> _arrows = [];

    private AssemblyArrows(PEReader file)
    {
        _metadata = file.GetMetadataReader();
        _collector = new TypeCollector(_metadata);
        foreach (var handle in _metadata.TypeDefinitions)
        {
            var from = NameOf(handle);
            var found = new HashSet<TypeDefinitionHandle>();
            _collector.Found = found;
            Collect(_metadata.GetTypeDefinition(handle), file);
            _arrows.AddRange(found.Select(to => (from, NameOf(to))));
        }
    }

    /// <summary>Full names, of the outermost types: what the compiler makes of a method belongs to the method's type.</summary>
    public static IReadOnlyList<(string From, string To)> Read(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        return [.. new AssemblyArrows(file)._arrows.Where(a => a.From != a.To).Distinct()];
    }

    private string NameOf(TypeDefinitionHandle handle)
    {
        var type = _metadata.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil) type = _metadata.GetTypeDefinition(type.GetDeclaringType());
        return $"{_metadata.GetString(type.Namespace)}.{_metadata.GetString(type.Name)}";
    }

    private void Collect(TypeDefinition type, PEReader file)
    {
        _collector.Add(type.BaseType);
        foreach (var implemented in type.GetInterfaceImplementations()) _collector.Add(_metadata.GetInterfaceImplementation(implemented).Interface);
        Collect(type.GetCustomAttributes());
        Collect(type.GetGenericParameters());
        foreach (var handle in type.GetFields())
        {
            var field = _metadata.GetFieldDefinition(handle);
            field.DecodeSignature(_collector, null);
            Collect(field.GetCustomAttributes());
        }

        foreach (var handle in type.GetProperties())
        {
            var property = _metadata.GetPropertyDefinition(handle);
            property.DecodeSignature(_collector, null);
            Collect(property.GetCustomAttributes());
        }

        foreach (var handle in type.GetMethods())
        {
            var method = _metadata.GetMethodDefinition(handle);
            method.DecodeSignature(_collector, null);
            Collect(method.GetCustomAttributes());
            Collect(method.GetGenericParameters());
            foreach (var parameter in method.GetParameters()) Collect(_metadata.GetParameter(parameter).GetCustomAttributes());
            if (method.RelativeVirtualAddress != 0) Collect(file.GetMethodBody(method.RelativeVirtualAddress));
        }
    }

    private void Collect(MethodBodyBlock body)
    {
        if (!body.LocalSignature.IsNil) _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_collector, null);
        foreach (var region in body.ExceptionRegions) _collector.Add(region.CatchType);
        foreach (var token in MethodBodyTokens.Of(body.GetILReader())) _collector.Add(token);
    }

    private void Collect(CustomAttributeHandleCollection attributes)
    {
        foreach (var attribute in attributes) _collector.Add(_metadata.GetCustomAttribute(attribute).Constructor);
    }

    private void Collect(GenericParameterHandleCollection parameters)
    {
        foreach (var parameter in parameters)
        {
            foreach (var constraint in _metadata.GetGenericParameter(parameter).GetConstraints())
                _collector.Add(_metadata.GetGenericParameterConstraint(constraint).Type);
        }
    }

    /// <summary>Finds this assembly's types in whatever refers to types.</summary>
    private sealed class TypeCollector(MetadataReader metadata) : ISignatureTypeProvider<bool, object?>
    {
        public HashSet<TypeDefinitionHandle> Found { get; set; } = [];

        public void Add(EntityHandle handle)
        {
            if (handle.IsNil) return;
            switch (handle.Kind)
            {
                case HandleKind.TypeDefinition:
                    Found.Add((TypeDefinitionHandle)handle);
                    break;
                case HandleKind.TypeSpecification:
                    metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, null);
                    break;
                case HandleKind.MethodDefinition:
                    var method = metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                    Found.Add(method.GetDeclaringType());
                    method.DecodeSignature(this, null);
                    break;
                case HandleKind.FieldDefinition:
                    var field = metadata.GetFieldDefinition((FieldDefinitionHandle)handle);
                    Found.Add(field.GetDeclaringType());
                    field.DecodeSignature(this, null);
                    break;
                case HandleKind.MemberReference:
                    var member = metadata.GetMemberReference((MemberReferenceHandle)handle);
                    Add(member.Parent);
                    if (member.GetKind() == MemberReferenceKind.Method) member.DecodeMethodSignature(this, null);
                    else member.DecodeFieldSignature(this, null);
                    break;
                case HandleKind.MethodSpecification:
                    var generic = metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                    Add(generic.Method);
                    generic.DecodeSignature(this, null);
                    break;
                case HandleKind.StandaloneSignature:
                    metadata.GetStandaloneSignature((StandaloneSignatureHandle)handle).DecodeMethodSignature(this, null);
                    break;
            }
        }

        public bool GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => Found.Add(handle);

        public bool GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        public bool GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => false;
        public bool GetPrimitiveType(PrimitiveTypeCode typeCode) => false;
        public bool GetSZArrayType(bool elementType) => false;
        public bool GetArrayType(bool elementType, ArrayShape shape) => false;
        public bool GetByReferenceType(bool elementType) => false;
        public bool GetPointerType(bool elementType) => false;
        public bool GetPinnedType(bool elementType) => false;
        public bool GetFunctionPointerType(MethodSignature<bool> signature) => false;
        public bool GetGenericInstantiation(bool genericType, ImmutableArray<bool> typeArguments) => false;
        public bool GetGenericMethodParameter(object? genericContext, int index) => false;
        public bool GetGenericTypeParameter(object? genericContext, int index) => false;
        public bool GetModifiedType(bool modifier, bool unmodifiedType, bool isRequired) => false;
    }
}
