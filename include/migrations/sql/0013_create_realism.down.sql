drop table scenarios.realism;
