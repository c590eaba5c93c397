"""Every text that the terminal shows, in Indonesian and English, by the numbers below. At most 16 characters a line."""

INDONESIAN = 0
ENGLISH = 1

# 0 to 15: why a payment was declined and what to do, by the reason's number in wire.entry.
CLOCK_NOT_SET = 16  # shown instead of card_expired when it is the terminal that does not know the time
MAINS = 17
BATTERY = 18
KEY_AMOUNT = 19
STORED = 20
PAYMENTS_LEFT = 21
RUNTIME = 22
AMOUNT = 23
AMOUNT_KEYS = 24
TAP = 25
TAP_AGAIN = 26
TAP_OTHER = 27
CANCEL = 28
WORKING = 29
APPROVED = 30
CODE = 31
DECLINED = 32
GO_ON = 33
VOID = 34
YES_NO = 35
VOIDED = 36
NOTHING_TO_VOID = 37
SHIFT = 38
SALES = 39
VOIDS = 40
SHIFT_CLOSED = 41
COMPLETED = 42
NOT_PROVISIONED = 43
STOPPED = 44
STOPPED_TASK = 45
STOPPED_JOURNAL = 46
STOPPED_BATTERY = 47
STOPPED_READER = 48
STARTING = 49

_INDONESIAN = (
    "Jumlah terlalu\nbesar. Kurangi,\natau terima\ntunai.",
    "Saldo offline\nkartu habis.\nMinta kartu lain\natau tunai.",
    "Kartu diblokir.\nMinta kartu lain\natau tunai.",
    "Kartu sudah\nkedaluwarsa.\nMinta kartu lain\natau tunai.",
    "Penerbit kartu\ntidak dikenal.\nMinta kartu lain\natau tunai.",
    "Kartu tidak sah.\nMinta kartu lain\natau tunai.",
    "Jawaban kartu\ntidak sah.\nMinta kartu lain\natau tunai.",
    "Mata uang kartu\nberbeda.\nMinta kartu lain\natau tunai.",
    "Batas simpanan\ntercapai.\nKirim data, atau\nterima tunai.",
    "Terlalu banyak\ntersimpan.\nKirim data, atau\nterima tunai.",
    "Terlalu lama\ntanpa koneksi.\nKirim data, atau\nterima tunai.",
    "Baterai lemah.\nSambung listrik,\natau terima\ntunai.",
    "Memori penuh.\nKirim data, atau\nterima tunai.",
    "Listrik menyala.\nPakai cara bayar\nbiasa.",
    "Kartu menolak.\nMinta kartu lain\natau tunai.",
    "Di atas batas\nkartu. Kurangi,\natau minta kartu\nlain.",
    "Jam belum diatur\nHubungi teknisi.",
    "Listrik",
    "Baterai",
    "Ketik jumlah,\nlalu tekan #",
    "Tersimpan: %d",
    "Bisa lagi: %d",
    "Baterai %dj %dm",
    "Jumlah",
    "# bayar  C hapus\n* batal",
    "Tempelkan kartu",
    "Kartu terlepas.\nTempelkan lagi",
    "Bukan kartu\nNyala",
    "* batal",
    "Tahan kartunya\njangan diangkat",
    "BERHASIL",
    "Kode %s",
    "DITOLAK",
    "# lanjut",
    "Batalkan bayar?",
    "# ya     * tidak",
    "Dibatalkan",
    "Tidak ada yang\nbisa dibatalkan.",
    "Tutup shift?",
    "Bayar: %d",
    "Batal: %d",
    "Shift ditutup",
    "Bayar terakhir\nsudah selesai:",
    "Belum disiapkan.\nHubungi teknisi.",
    "BERHENTI",
    "Gangguan alat.\nNyalakan ulang.\nData aman.",
    "Memori rusak.\nHubungi teknisi.\nData aman.",
    "Baterai habis.\nSambung listrik.\nData aman.",
    "Pembaca kartu\ntidak menjawab.\nPeriksa kabel.\n# coba lagi",
    "Menyala...",
)

_ENGLISH = (
    "Amount too high.\nTake less, or\ntake cash.",
    "Card has no more\noffline money.\nAsk for another\ncard, or cash.",
    "Card is blocked.\nAsk for another\ncard, or cash.",
    "Card has\nexpired.\nAsk for another\ncard, or cash.",
    "Card's issuer is\nnot known.\nAsk for another\ncard, or cash.",
    "Card is not\ngenuine.\nAsk for another\ncard, or cash.",
    "Card's answer is\nnot genuine.\nAsk for another\ncard, or cash.",
    "Card has another\ncurrency.\nAsk for another\ncard, or cash.",
    "Limit of stored\nvalue reached.\nSend the data,\nor take cash.",
    "Too many are\nstored.\nSend the data,\nor take cash.",
    "Offline for too\nlong.\nSend the data,\nor take cash.",
    "Battery is low.\nConnect mains,\nor take cash.",
    "Memory is full.\nSend the data,\nor take cash.",
    "Mains are on.\nTake payments\nthe usual way.",
    "Card refuses.\nAsk for another\ncard, or cash.",
    "Over the card's\nlimit. Take less\nor ask for\nanother card.",
    "Clock is not set\nCall technician.",
    "Mains",
    "Battery",
    "Key the amount,\nthen press #",
    "Stored: %d",
    "Can take: %d",
    "Battery %dh %dm",
    "Amount",
    "# pay  C erase\n* cancel",
    "Tap the card",
    "Card left early.\nTap it again",
    "Not a Nyala\ncard",
    "* cancel",
    "Hold the card\nstill",
    "APPROVED",
    "Code %s",
    "DECLINED",
    "# go on",
    "Void payment?",
    "# yes    * no",
    "Voided",
    "There is nothing\nto void.",
    "Close shift?",
    "Sales: %d",
    "Voids: %d",
    "Shift is closed",
    "Last payment was\ncompleted:",
    "Not provisioned.\nCall technician.",
    "STOPPED",
    "Terminal fault.\nSwitch off, on.\nData is safe.",
    "Memory fault.\nCall technician.\nData is safe.",
    "Battery empty.\nConnect mains.\nData is safe.",
    "Card reader does\nnot answer.\nCheck its cable.\n# try again",
    "Starting...",
)

TEXTS = (_INDONESIAN, _ENGLISH)
