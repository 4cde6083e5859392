"""The foundation of the book: draws, experiments, records, comparisons and the ledger. It knows no paper."""
