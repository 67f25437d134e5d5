drop table scenarios.validations;
drop table scenarios.paths;
drop table scenarios.symbols;
drop table scenarios.definitions;
