"""Where the words of phones and call servers were read."""

from ringfence.model.flow import Basis, Evidence

ERRORS_4600 = Basis(
    Evidence.VENDOR,
    "4600 installation guide R2.7 (555-233-128), error and status messages; shown for about 30 s",
)
ERRORS_4601 = Basis(
    Evidence.VENDOR, "4600 installation guide R2.7 (555-233-128), error and status messages of the 4601"
)
RESTARTS = Basis(
    Evidence.VENDOR,
    "4600 LAN guide R2.7 and 9600 R6.0 H.323 administrator guide p. 69: about every 15 minutes; Avaya "
    "settings template (2022) line 1164: UDT",
)
START_4600 = Basis(Evidence.VENDOR, "4600 installation guide (555-233-128) p. 38")
DOWNLOAD_4600 = Basis(Evidence.VENDOR, "4600 installation guide (555-233-128) p. 40")
ERRORS_1600 = Basis(Evidence.VENDOR, "1600 installation and maintenance guide p. 60")
START_1600 = Basis(Evidence.VENDOR, "IP Office 11.0 H.323 installation manual p. 74")
START_9600 = Basis(Evidence.VENDOR, "9600 R3.0 installation and maintenance guide p. 26")
DOWNLOAD_9600 = Basis(Evidence.VENDOR, "9608-9641 H.323 installation guide p. 33")
LINK_9600 = Basis(Evidence.VENDOR, "9600 R1.5 installation guide, appendix A")
CONDITIONS_9600 = Basis(
    Evidence.VENDOR, "9600 R6.0 H.323 administrator guide p. 69, operational error conditions"
)
NO_SOURCE = Basis(
    Evidence.ASSUMED,
    "no page that could be read has these words; what they mean here is our reading of the procedure",
)

DENIED = Basis(Evidence.VENDOR, "Communication Manager 10.2, IP denial events 1907-2020")
DENIED_2002 = Basis(Evidence.VENDOR, "DEFINITY and S8700 maintenance manuals (2002), IP denial events")
