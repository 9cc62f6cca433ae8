using System.Buffers.Binary;
using System.Text;

namespace Penstock.Tests.Tools;

/// <summary>The wire format of Protocol Buffers: fields one after the other, of four wire types that are still in use.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;
    private int _wireType = -1;

    /// <summary>The number of the field that <see cref="Next"/> came to.</summary>
    public int Field { get; private set; }

    /// <summary>Whether the field's payload has a length: a message, a string, bytes, or packed numbers.</summary>
    public readonly bool HasLength => _wireType == 2;

    /// <summary>Goes to the next field; its value must be read or skipped before the next call.</summary>
    public bool Next()
    {
        if (_rest.IsEmpty)
            return false;
        var tag = Raw();
        Field = (int)(tag >> 3);
        _wireType = (int)(tag & 7);
        if (Field is < 1 or > 536_870_911 || tag > uint.MaxValue)
            throw new FormatException($"Field number {tag >> 3} is out of range.");
        return true;
    }

    public ulong Varint()
    {
        Expect(0);
        return Raw();
    }

    public ulong Fixed64()
    {
        Expect(1);
        return BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
    }

    public double Double() => BitConverter.UInt64BitsToDouble(Fixed64());

    public ReadOnlySpan<byte> Bytes()
    {
        Expect(2);
        var length = Raw();
        if (length > int.MaxValue)
            throw new FormatException($"A length of {length} bytes.");
        return Take((int)length);
    }

    public string String()
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Bytes());
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException($"Field {Field} is no UTF-8.", e);
        }
    }

    public string Hex() => Convert.ToHexStringLower(Bytes());

    /// <summary>Adds the 64-bit numbers of a repeated field, packed or not.</summary>
    public void Fixed64s(List<ulong> into)
    {
        if (!HasLength)
        {
            into.Add(Fixed64());
            return;
        }

        var packed = Bytes();
        if (packed.Length % 8 != 0)
            throw new FormatException($"Field {Field} has {packed.Length} bytes of 64-bit numbers.");
        for (; !packed.IsEmpty; packed = packed[8..])
            into.Add(BinaryPrimitives.ReadUInt64LittleEndian(packed));
    }

    public void Skip()
    {
        switch (_wireType)
        {
            case 0:
                Varint();
                break;
            case 1:
                Fixed64();
                break;
            case 2:
                Bytes();
                break;
            case 5:
                Take(4);
                break;
            default:
                throw new FormatException($"Field {Field} has the wire type {_wireType}.");
        }
    }

    private readonly void Expect(int wireType)
    {
        if (_wireType != wireType)
            throw new FormatException($"Field {Field} has the wire type {_wireType}, not {wireType}.");
    }

    private ulong Raw()
    {
        var value = 0UL;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = Take(1)[0];
            // The tenth byte has room for the 64th bit only.
            if (shift == 63 && next > 1)
                break;
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        throw new FormatException("A varint of more than 64 bits.");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
            throw new FormatException($"The message ends {count - _rest.Length} bytes early.");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
