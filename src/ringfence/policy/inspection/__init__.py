"""What inspections of H.323 do to packets: one model for each that is modelled."""
