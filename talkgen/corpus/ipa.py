"""Phones of any language, in the International Phonetic Alphabet as espeak-ng writes it, as the ARPAbet phone nearest in the mouth.

Lips decide first, then the place of the tongue, then the sound. Rounded front vowels go to rounded back ones; what is made
behind the palate and leaves the mouth free goes to HH; trills and flaps of the tongue's tip go to L and D, since R rounds.
"""

import unicodedata

_TABLE = {
    "AA": "a aa ɑ aː", "AE": "æ", "AH": "ʌ ɐ ə ɜ ɤ ᵻ", "AO": "ɔ ɒ", "EH": "e ɛ", "ER": "ɜː ɚ ɝ œ əɹ ʌɹ ər", "IH": "ɪ ɨ ɯ i̪ i.",
    "IY": "i", "UH": "ʊ ʏ ø ɵ", "UW": "u y ʉ",
    "AY": "aɪ ai æi äi", "AW": "aʊ au ɐʊ æʊ ɑu ʌʊ ʌʉ", "EY": "eɪ ei ɛɪ əɪ", "OW": "o oʊ əʊ ou əu", "OY": "ɔɪ oɪ oi ɔø ɔʏ",
    "P": "p ph", "B": "b", "T": "t th ʈ", "D": "d ɖ ɾ ɽ r.", "K": "k kh c q", "G": "ɡ g ɟ ɣ",
    "M": "m ɱ", "N": "n ɳ ɲ", "NG": "ŋ ɴ nɡ", "L": "l ɫ ɭ ʎ r", "R": "ɹ ɻ",
    "F": "f ɸ", "V": "v ʋ β", "TH": "θ", "DH": "ð", "S": "s", "Z": "z", "SH": "ʃ ɕ ʂ s. sx", "ZH": "ʒ ʑ ʐ",
    "CH": "tʃ tɕ tɕh tʂ ts. ts.h cʰ", "JH": "dʒ dʑ dʐ", "HH": "h ɦ x χ ç ʁ ʀ ħ ʔ ?", "W": "w ʍ ɥ", "Y": "j ʝ ʲ",
}  # fmt: skip
_PHONES = {name: phone for phone, names in _TABLE.items() for name in names.split()}
_MARKS = frozenset("ːˑ:ʰʱʷᵝˈˌ-^\"'̪")  # length, stress, aspiration and the like: they do not change the mouth
_COLOURS = frozenset("̩̞̃̈")  # nasality and the like, written over or under a letter


def arpabet(name: str) -> tuple[str, ...]:
    """The phones that a name stands for, `("AY", "AH")` for `aɪə`; none for a pause. Raises `KeyError` for an unknown letter."""
    phones: list[str] = []
    letters = "".join(letter for letter in unicodedata.normalize("NFD", name) if letter not in _COLOURS)
    rest = unicodedata.normalize("NFC", letters)
    while rest:
        length = next((n for n in range(min(4, len(rest)), 0, -1) if rest[:n] in _PHONES), 0)
        phone = _PHONES.get(rest[:length])
        if phone is None and rest[0] not in _MARKS:
            raise KeyError(name)
        if phone and phones[-1:] != [phone]:
            phones.append(phone)
        rest = rest[length or 1 :]
        if phones:
            rest = rest.removeprefix("ʲ")  # a palatal consonant; the sign alone is a glide
    return tuple(phones)
